import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Stream, waitAfter, type Connection, type Wires } from "./stream";

class Wire {
  static opened: Wire[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  onclose: ((event?: { code: number }) => void) | null = null;
  closed = false;
  readonly url: string;
  constructor(url: string) {
    this.url = url;
    Wire.opened.push(this);
  }
  close(): void {
    this.closed = true;
    this.onclose?.();
  }
  readonly named = new Map<string, (message: { data: string }) => void>();
  addEventListener(name: string, take: (message: { data: string }) => void): void {
    this.named.set(name, take);
  }
}

const wires = { socket: (url: string) => new Wire(url), source: (url: string) => new Wire(url), now: () => now, random: () => 1 } as unknown as Wires;

function last(): Wire {
  const wire = Wire.opened.at(-1);
  if (!wire) throw new Error("nothing was opened");
  return wire;
}

let now = 1000;
let states: Connection[] = [];
let messages: unknown[] = [];
let stream: Stream;

beforeEach(() => {
  vi.useFakeTimers();
  Wire.opened = [];
  now = 1000;
  states = [];
  messages = [];
  stream = new Stream({ onMessage: (value) => messages.push(value), onConnection: (state) => states.push(state) }, wires);
  stream.open();
});
afterEach(() => {
  stream.close();
  vi.useRealTimers();
});

describe("the stream", () => {
  it("speaks WebSocket first", () => {
    last().onopen?.();
    expect([last().url.startsWith("ws:"), states.at(-1)]).toEqual([true, { state: "live" }]);
  });

  it("asks for what came behind the last event after a break", () => {
    last().onopen?.();
    stream.lastId = "e-7";
    last().onclose?.();
    vi.advanceTimersByTime(1000);
    expect(new URL(last().url).searchParams.get("last_event_id")).toBe("e-7");
  });

  it("says since when it is lost, not since the last attempt", () => {
    last().onopen?.();
    last().onclose?.();
    vi.advanceTimersByTime(1000);
    last().onclose?.();
    expect(states.filter((state) => state.state === "lost").map((state) => state.since)).toEqual([1000, 1000]);
  });

  it("turns to server-sent events when no WebSocket gets through", () => {
    last().onclose?.();
    vi.advanceTimersByTime(1000);
    last().onclose?.();
    vi.advanceTimersByTime(2000);
    expect(last().url).toMatch(/^http.*\/events\?since=/);
  });

  it("begins a little before the present, so that a page that opens is not empty", () => expect(new URL(last().url).searchParams.get("since")).toBe("1969-12-31T23:55:01.000Z"));

  it("takes what the server says of itself beside the events, from server-sent events, too", () => {
    last().onclose?.();
    vi.advanceTimersByTime(1000);
    last().onclose?.();
    vi.advanceTimersByTime(2000);
    last().named.get("notice")?.({ data: '{"notice":{"state":"waiting"}}' });
    expect(messages).toEqual([{ notice: { state: "waiting" } }]);
  });

  it("misses nothing of a long break although no event had come before it", () => {
    last().onopen?.();
    now += 3_600_000;
    last().onclose?.();
    vi.advanceTimersByTime(1000);
    expect(new URL(last().url).searchParams.get("since")).toBe("1969-12-31T23:55:01.000Z");
  });

  it("keeps one connection when somebody cannot wait for the one that is being made", () => {
    last().onopen?.();
    last().onclose?.();
    vi.advanceTimersByTime(1000);
    stream.retry();
    expect(Wire.opened.map((wire) => wire.closed)).toEqual([false, true, false]);
    vi.advanceTimersByTime(60_000);
    expect(Wire.opened).toHaveLength(3);
  });

  it("makes another connection when the network is another one, however alive the old one seems", () => {
    last().onopen?.();
    stream.lastId = "e-7";
    stream.retry();
    expect(Wire.opened.map((wire) => wire.closed)).toEqual([true, false]);
    expect(new URL(last().url).searchParams.get("last_event_id")).toBe("e-7");
  });

  it("does not call itself live where the right was taken away", () => {
    last().onopen?.();
    last().onclose?.({ code: 4403 });
    expect(states.at(-1)).toEqual({ state: "refused" });
  });

  it("does not come back to a server that took the right away", () => {
    last().onopen?.();
    last().onclose?.({ code: 4403 });
    vi.advanceTimersByTime(60_000);
    expect(Wire.opened).toHaveLength(1);
  });

  it("opens nothing any more once it is closed", () => {
    stream.close();
    vi.advanceTimersByTime(60_000);
    expect(Wire.opened).toHaveLength(1);
  });

  it("ignores what is not JSON", () => {
    last().onmessage?.({ data: "hello" });
    last().onmessage?.({ data: '{"a":1}' });
    expect(messages).toEqual([{ a: 1 }]);
  });
});

describe("the wait after a failure", () => {
  it("doubles up to a limit", () => expect([1, 2, 3, 20].map((failures) => waitAfter(failures, 1))).toEqual([500, 1000, 2000, 15_000]));
  it("is spread by half", () => expect(waitAfter(1, 0)).toBe(250));
});
