import "../testing/browser";
import { act } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { show, type Shown } from "../testing/page";
import { LiveProvider } from "./LiveProvider";

let page: Shown | null = null;
afterEach(() => {
  vi.useRealTimers();
  page?.close();
  page = null;
});

test("one event is told as one", async () => {
  let socket: { onmessage?: (message: { data: string }) => void } | null = null;
  vi.stubGlobal("WebSocket", class {
    onmessage?: (message: { data: string }) => void;
    constructor() {
      // eslint-disable-next-line @typescript-eslint/no-this-alias -- what the page made is spoken to from outside
      socket = this;
    }
    close(): void { /* nothing was opened */ }
  });
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  page = await show(<LiveProvider>{null}</LiveProvider>, "", {});
  (socket as { onmessage?: (message: { data: string }) => void } | null)?.onmessage?.({ data: JSON.stringify({ id: "e1", type: "io.cloudflow.file.added.v1", time: "2026-11-25T10:00:00Z", subject: "f", data: {} }) });
  await page.settle();
  act(() => void vi.advanceTimersByTime(10_000));
  expect(page.text()).toContain("1 new event");
  expect(page.text()).not.toContain("1 new events");
});
