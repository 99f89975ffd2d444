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
