import { afterEach, expect, test, vi } from "vitest";
import { later } from "./later";

afterEach(() => vi.unstubAllGlobals());

test("code comes when the browser has nothing else to do, and in a second at the latest", async () => {
  const waiting: (() => void)[] = [];
  const withinMs: (number | undefined)[] = [];
  vi.stubGlobal("requestIdleCallback", (run: () => void, options?: IdleRequestOptions) => {
    withinMs.push(options?.timeout);
    return waiting.push(run);
  });
  const fetchCode = vi.fn(() => Promise.resolve("code"));
  const coming = later(fetchCode)();
  await Promise.resolve();
  expect(fetchCode).not.toHaveBeenCalled();
  expect(withinMs).toEqual([1000]);
  waiting.forEach((run) => run());
  expect(await coming).toBe("code");
});

test("a browser that does not tell when it is idle gets the code, too", async () => {
  expect("requestIdleCallback" in globalThis).toBe(false);
  expect(await later(() => Promise.resolve("code"))()).toBe("code");
});

test("code that does not come is told as before", async () => {
  await expect(later(() => Promise.reject(new Error("gone")))()).rejects.toThrow("gone");
});
