/** What jsdom lacks and pages ask for when they load. */
import { vi } from "vitest";

vi.stubGlobal("matchMedia", (query: string) => ({ matches: /min-width/.test(query), media: query, addEventListener: () => undefined, removeEventListener: () => undefined }));
vi.stubGlobal("ResizeObserver", class {
  observe(): void { /* nothing changes its size here */ }
  unobserve(): void { /* as above */ }
  disconnect(): void { /* as above */ }
});
// Newer browsers answer with a promise, whatever the types still say.
Element.prototype.scrollIntoView = () => Promise.resolve() as unknown as undefined;

/** jsdom lays nothing out: without a height a long list would draw no row. Until `vi.restoreAllMocks()`. */
export function laidOut(): void {
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(600);
  vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(40);
}
