import { afterEach, describe, expect, it, vi } from "vitest";
import { answered, askEarly, begunWith } from "./early";

const ANSWERS: Record<string, unknown> = { "/cloudflow/api/v1/me": { user: "team-docs" }, "/cloudflow/api/v1/locations": { locations: ["s3-main"] } };
const asked: string[] = [];

function answer(url: URL): Promise<Response> {
  asked.push(url.pathname);
  const known = ANSWERS[url.pathname];
  return Promise.resolve(known ? new Response(JSON.stringify(known)) : new Response("{}", { status: 503 }));
}

describe("questions that are asked before the page's code is here", () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
    asked.length = 0;
  });

  it("are what the first drawing begins with, and no refusal is", async () => {
    vi.stubGlobal("fetch", answer);
    askEarly(false);
    expect(await answered(1000)).toBe(true);

    expect(begunWith("me").initialData()).toEqual({ user: "team-docs" });
    expect(begunWith("locations", {}, (page: { locations: string[] }) => page.locations).initialData()).toEqual(["s3-main"]);
    expect(begunWith("notifications", { limit: 30 }).initialData()).toBeUndefined();
    expect(begunWith("notifications", { limit: 30 }).initialDataUpdatedAt()).toBeUndefined();
    expect(asked).not.toContain("/cloudflow/api/v1/totals");
  });

  it("are those of the overview as well where that is shown", async () => {
    vi.stubGlobal("fetch", answer);
    askEarly(true);
    await answered(1000);

    expect(asked).toContain("/cloudflow/api/v1/totals");
  });

  it("are forgotten after some seconds", async () => {
    vi.stubGlobal("fetch", answer);
    askEarly(false);
    await answered(1000);
    vi.useFakeTimers({ now: Date.now() + 11_000 });

    expect(begunWith("me").initialData()).toBeUndefined();
  });

  it("are not waited for longer than people wait", async () => {
    vi.stubGlobal("fetch", () => new Promise(() => undefined));
    askEarly(false);
    const began = Date.now();
    await answered(30);

    expect(Date.now() - began).toBeLessThan(500);
  });
});
