import { apiUrl, signIn } from "../api/client";

/** What the API closes a WebSocket with, besides WebSocket's own codes. */
const SIGNED_OUT = 4401;
const NOT_ALLOWED = 4403;
/** A page that opens shows what happened just before; the whole past is a replay away. */
const LOOKS_BACK_MS = 5 * 60_000;

export type Connection = { state: "connecting" } | { state: "live" } | { state: "lost"; since: number; retryAt: number } | { state: "refused" };

export interface StreamHandlers {
  onMessage: (value: unknown) => void;
  onConnection: (connection: Connection) => void;
}

/** The smaller parts of the browser that a stream needs; tests bring their own. */
export interface Wires {
  socket: (url: string) => WebSocket;
  source: (url: string) => EventSource;
  now: () => number;
  random: () => number;
}

const BROWSER: Wires = {
  socket: (url) => new WebSocket(url),
  source: (url) => new EventSource(url, { withCredentials: true }),
  now: () => Date.now(),
  random: () => Math.random(),
};

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
/** A proxy that lets no WebSocket through shows it at once; then server-sent events take over. */
const SOCKET_ATTEMPTS = 2;

/** Wait twice as long after each failure, with jitter, so that a restarted server is not stormed. */
export function waitAfter(failures: number, random: number): number {
  const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, failures - 1));
  return full * (0.5 + random / 2);
}

/**
 * The live stream: a WebSocket, else server-sent events, again and again until it is closed.
 *
 * After a break it asks for what came behind the last event id it saw, so nothing is missed and
 * whatever comes twice is dropped by the reader.
 */
export class Stream {
  private failures = 0;
  private socketRefusals = 0;
  private lostSince: number | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private end: () => void = () => undefined;
  private closed = false;
  private since: string | null = null;
  private readonly handlers: StreamHandlers;
  private readonly wires: Wires;
  lastId: string | null = null;

  constructor(handlers: StreamHandlers, wires: Wires = BROWSER) {
    this.handlers = handlers;
    this.wires = wires;
  }

  open(): void {
    this.closed = false;
    this.since ??= new Date(this.wires.now() - LOOKS_BACK_MS).toISOString();
    if (this.lostSince === null) this.handlers.onConnection({ state: "connecting" });
    if (this.socketRefusals < SOCKET_ATTEMPTS) this.openSocket();
    else this.openSource();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.end();
  }

  /** Make another connection now: somebody cannot wait, or the one that seems to be there may lead nowhere. */
  retry(): void {
    if (this.closed) return;
    clearTimeout(this.timer);
    this.end();
    this.open();
  }

  private address(path: string): URL {
    const url = apiUrl(path);
    if (this.lastId) url.searchParams.set("last_event_id", this.lastId);
    else if (this.since) url.searchParams.set("since", this.since);
    return url;
  }

  private openSocket(): void {
    const url = this.address("events/ws");
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = this.wires.socket(url.href);
    let opened = false;
    let over = false;
    const lose = (event?: CloseEvent): void => {
      if (over) return;
      over = true;
      if (event?.code === SIGNED_OUT) signIn();
      if (event?.code === SIGNED_OUT || event?.code === NOT_ALLOWED) {
        this.closed = true;
        this.handlers.onConnection({ state: "refused" });
      }
      if (!opened) this.socketRefusals += 1;
      this.lost();
    };
    socket.onopen = () => {
      opened = true;
      this.socketRefusals = 0;
      this.connected();
    };
    socket.onmessage = (message: MessageEvent) => this.took(message.data);
    socket.onerror = () => undefined;
    socket.onclose = lose;
    this.end = () => {
      over = true;
      socket.close();
    };
  }

  private openSource(): void {
    const source = this.wires.source(this.address("events").href);
    let over = false;
    source.onopen = () => this.connected();
    source.onmessage = (message: MessageEvent) => this.took(message.data);
    source.addEventListener("notice", (message: MessageEvent) => this.took(message.data));
    source.onerror = () => {
      if (over) return;
      over = true;
      source.close();
      this.socketRefusals = 0;
      this.lost();
    };
    this.end = () => {
      over = true;
      source.close();
    };
  }

  private connected(): void {
    this.failures = 0;
    this.lostSince = null;
    this.handlers.onConnection({ state: "live" });
  }

  private took(data: unknown): void {
    let value: unknown;
    try {
      value = JSON.parse(String(data));
    } catch {
      return;
    }
    this.handlers.onMessage(value);
  }

  private lost(): void {
    if (this.closed) return;
    this.failures += 1;
    const now = this.wires.now();
    this.lostSince ??= now;
    const wait = waitAfter(this.failures, this.wires.random());
    this.handlers.onConnection({ state: "lost", since: this.lostSince, retryAt: now + wait });
    this.timer = setTimeout(() => this.open(), wait);
  }
}
