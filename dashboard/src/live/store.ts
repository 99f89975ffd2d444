import { readEvent, record, reduce, textIn, EMPTY_LIST, type EventAction, type EventList, type LiveEvent } from "./reducer";
import { Stream, type Connection } from "./stream";

const PAINT_MS = 250;

/** What the whole page knows of the stream; React reads it through `useSyncExternalStore`. */
export class LiveStore {
  list: EventList = EMPTY_LIST;
  connection: Connection = { state: "connecting" };
  /** Why no events come although the stream is there; null when they do. */
  waits: string | null = null;
  private batch: LiveEvent[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private paintedAt = -Infinity;
  private readonly changed = new Set<() => void>();
  private readonly readers = new Set<(events: readonly LiveEvent[]) => void>();
  readonly stream = new Stream({
    onMessage: (value) => this.take(value),
    onConnection: (connection) => {
      this.connection = connection;
      this.tell();
    },
  });

  subscribe = (listener: () => void): (() => void) => {
    this.changed.add(listener);
    return () => this.changed.delete(listener);
  };

  /** Hear of every event once, at most four times a second. */
  read(reader: (events: readonly LiveEvent[]) => void): () => void {
    this.readers.add(reader);
    return () => this.readers.delete(reader);
  }

  getList = (): EventList => this.list;
  getConnection = (): Connection => this.connection;

  getWaits = (): string | null => this.waits;

  dispatch = (action: EventAction): void => {
    const next = reduce(this.list, action);
    if (next === this.list) return;
    this.list = next;
    this.tell();
  };

  private take(value: unknown): void {
    const notice = record(record(value)?.["notice"]);
    if (notice) {
      this.waits = notice["state"] === "waiting" ? textIn(notice, "detail") : null;
      this.tell();
      return;
    }
    const event = readEvent(value, Date.now());
    if (!event) return;
    this.stream.lastId = event.id;
    this.batch.push(event);
    // The first after a quiet moment shows at once; of many, each waits for its turn.
    this.timer ??= setTimeout(() => this.flush(), Math.max(0, this.paintedAt + PAINT_MS - performance.now()));
  }

  private flush(): void {
    this.timer = undefined;
    this.paintedAt = performance.now();
    const events = this.batch;
    this.batch = [];
    this.dispatch({ kind: "arrived", events });
    this.readers.forEach((reader) => reader(events));
  }

  private tell(): void {
    this.changed.forEach((listener) => listener());
  }
}
