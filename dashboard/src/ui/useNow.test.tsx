import { act, type ReactElement } from "react";
import { createRoot } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import "../testing/browser";
import { useNow } from "./useNow";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function Clock(): ReactElement {
  return <p>{useNow()}</p>;
}

function shown(): number {
  const holder = document.createElement("div");
  const root = createRoot(holder);
  act(() => root.render(<Clock />));
  const time = Number(holder.textContent);
  act(() => root.unmount());
  return time;
}

test("whoever comes back after an hour sees the present time at once", () => {
  shown();
  vi.advanceTimersByTime(3_600_000);
  expect(shown()).toBe(Date.now());
});
