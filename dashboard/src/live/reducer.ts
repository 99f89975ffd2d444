/** The list of events as a value: what arrives, what is kept, what waits while the list is paused. */

export interface LiveEvent {
  id: string;
  type: string;
  topic: string;
  time: string;
  subject: string;
  user: string;
  data: Record<string, unknown>;
  /** Kafka's partition and offset, where the stream tells them. */
  position: string | null;
  /** When it came in here, in ms since 1970. */
  receivedAt: number;
}

export interface EventFilter {
  text: string;
  topic: string | null;
  type: string | null;
  file: string | null;
}

export const NO_FILTER: EventFilter = { text: "", topic: null, type: null, file: null };
export const KEPT = 2000;

export interface EventList {
  /** Newest first. */
  events: readonly LiveEvent[];
  /** Newest first; shown when the list goes on. */
  waiting: readonly LiveEvent[];
  paused: boolean;
  /** Those that were dropped because nobody looked for long. */
  dropped: number;
}

export const EMPTY_LIST: EventList = { events: [], waiting: [], paused: false, dropped: 0 };

export type EventAction =
  | { kind: "arrived"; events: readonly LiveEvent[] }
  | { kind: "paused" }
  | { kind: "resumed" }
  | { kind: "cleared" };

/** Take one action. Whatever arrives twice counts once, and never more than `KEPT` events are held. */
export function reduce(list: EventList, action: EventAction): EventList {
  switch (action.kind) {
    case "paused":
      return list.paused ? list : { ...list, paused: true };
    case "resumed":
      return { ...list, paused: false, waiting: [], dropped: 0, events: newestFirst([...list.waiting, ...list.events]).slice(0, KEPT) };
    case "cleared":
      return { ...EMPTY_LIST, paused: list.paused };
    case "arrived": {
      const known = new Set([...list.events, ...list.waiting].map((event) => event.id));
      const fresh: LiveEvent[] = [];
      for (const event of action.events) {
        if (known.has(event.id)) continue;
        known.add(event.id);
        fresh.push(event);
      }
      if (!fresh.length) return list;
      if (!list.paused) return { ...list, events: newestFirst([...fresh, ...list.events]).slice(0, KEPT) };
      const waiting = newestFirst([...fresh, ...list.waiting]);
      return { ...list, waiting: waiting.slice(0, KEPT), dropped: list.dropped + Math.max(0, waiting.length - KEPT) };
    }
  }
}

function newestFirst(events: LiveEvent[]): LiveEvent[] {
  return events.sort((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : a.id < b.id ? 1 : -1));
}

export function matches(event: LiveEvent, filter: EventFilter): boolean {
  return (
    (!filter.topic || event.topic === filter.topic) &&
    (!filter.type || shortType(event.type) === filter.type) &&
    (!filter.file || fileOf(event) === filter.file) &&
    (!filter.text || searchText(event).includes(filter.text.toLowerCase()))
  );
}

/** `io.cloudflow.migration.advanced.v1` is `migration.advanced` for people. */
export function shortType(type: string): string {
  return type.replace(/^io\.cloudflow\./, "").replace(/\.v\d+$/, "");
}

const TOPICS: Record<string, string> = { file: "file-events", migration: "migration-events", mail: "email-notifications", performance: "performance-metrics", cost: "cost-updates", alert: "system-alerts", recommendation: "cost-updates", notification: "user-notifications" };

export function topicOf(type: string): string {
  return TOPICS[shortType(type).split(".")[0] ?? ""] ?? "";
}

/** The file an event is about, if it is about one. */
export function fileOf(event: LiveEvent): string | null {
  const id = event.data["file_id"];
  if (typeof id === "string") return id;
  return shortType(event.type).startsWith("file.") ? event.subject : null;
}

export function migrationOf(event: LiveEvent): string | null {
  return shortType(event.type) === "migration.advanced" ? event.subject : null;
}

/** Where it happened as people write it, or what it says; a bare id only where there is nothing else. */
export function placeOf(event: LiveEvent): string {
  const { data } = event;
  const key = data["key"] ?? data["destination_key"] ?? data["source_key"];
  const location = data["location_id"] ?? data["destination_location"] ?? data["source_location"];
  if (typeof key === "string") return typeof location === "string" ? `${location}/${key}` : key;
  return ["title", "name", "to"].map((name) => textIn(data, name)).find(Boolean) ?? event.subject;
}

export function isFailure(event: LiveEvent): boolean {
  return event.data["state"] === "failed" || (typeof event.data["failed"] === "number" && event.data["failed"] > 0) || typeof event.data["error"] === "string";
}

function searchText(event: LiveEvent): string {
  return `${event.type} ${placeOf(event)} ${event.subject} ${JSON.stringify(event.data)}`.toLowerCase();
}

/** Read what the stream sent: a CloudEvent, as it is or in an envelope; null when it is neither. */
export function readEvent(value: unknown, receivedAt: number): LiveEvent | null {
  const outer = record(value);
  const fact = outer && record(outer["event"]) ? record(outer["event"]) : outer;
  if (!outer || !fact || typeof fact["id"] !== "string" || typeof fact["type"] !== "string") return null;
  const text = (name: string): string => (typeof fact[name] === "string" ? fact[name] : typeof outer[name] === "string" ? outer[name] : "");
  const partition = outer["partition"];
  const offset = outer["offset"];
  return {
    id: fact["id"],
    type: fact["type"],
    topic: text("topic") || topicOf(fact["type"]),
    time: text("time"),
    subject: text("subject"),
    user: text("user"),
    data: record(fact["data"]) ?? {},
    position: typeof partition === "number" && typeof offset === "number" ? `${partition}@${offset}` : null,
    receivedAt,
  };
}

export function record(value: unknown): Record<string, unknown> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
}

/** The field *name* of an event's data where it is text, else nothing. */
export function textIn(data: Record<string, unknown>, name: string): string {
  const value = data[name];
  return typeof value === "string" ? value : "";
}
