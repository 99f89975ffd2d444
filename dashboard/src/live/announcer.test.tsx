import "../testing/browser";
import { act } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { show } from "../testing/page";
import { LiveProvider } from "./LiveProvider";

class Socket {
  static opened: Socket[] = [];
  onopen?: () => void;
  onmessage?: (message: { data: string }) => void;
  constructor() {
    Socket.opened.push(this);
  }
  close(): void { /* nothing was opened */ }
}

beforeEach(() => {
  Socket.opened = [];
  vi.stubGlobal("WebSocket", Socket);
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "Date"] });
});
afterEach(() => vi.useRealTimers());

test("one event is told as one", async () => {
  const page = await show(<LiveProvider>{null}</LiveProvider>, "", {});
  Socket.opened[0]?.onmessage?.({ data: JSON.stringify({ id: "e1", type: "io.cloudflow.file.added.v1", time: "2026-11-25T10:00:00Z", subject: "f", data: {} }) });
  await page.settle();
  act(() => void vi.advanceTimersByTime(10_000));
  expect(page.text()).toContain("1 new event");
  expect(page.text()).not.toContain("1 new events");
});

test("after the machine slept the stream is made anew, and is left alone while it is awake", async () => {
  await show(<LiveProvider>{null}</LiveProvider>, "", {});
  act(() => Socket.opened[0]?.onopen?.());
  act(() => void vi.advanceTimersByTime(600_000));
  expect(Socket.opened).toHaveLength(1);
  vi.setSystemTime(Date.now() + 3_600_000);
  act(() => void vi.advanceTimersByTime(30_000));
  expect(Socket.opened).toHaveLength(2);
});
