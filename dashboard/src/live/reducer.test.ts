import { describe, expect, it } from "vitest";
import { EMPTY_LIST, KEPT, NO_FILTER, matches, placeOf, readEvent, reduce, shortType, type LiveEvent } from "./reducer";

function event(number: number, more: Partial<LiveEvent> = {}): LiveEvent {
  return {
    id: `e-${String(number).padStart(6, "0")}`,
    type: "io.cloudflow.file.discovered.v1",
    topic: "file-events",
    time: new Date(1_800_000_000_000 + number).toISOString(),
    subject: `f-${number}`,
    user: "ann",
    data: { location_id: "lake", key: `raw/${number}.csv` },
    position: null,
    receivedAt: 0,
    ...more,
  };
}

const arrived = (...events: LiveEvent[]) => ({ kind: "arrived", events }) as const;

describe("the list of events", () => {
  it("shows the newest first, in whichever order they came", () => {
    const list = reduce(reduce(EMPTY_LIST, arrived(event(2))), arrived(event(1), event(3)));
    expect(list.events.map((one) => one.subject)).toEqual(["f-3", "f-2", "f-1"]);
  });

  it("counts an event once that a reconnect brought again", () => {
    const list = reduce(reduce(EMPTY_LIST, arrived(event(1))), arrived(event(1), event(1)));
    expect(list.events).toHaveLength(1);
  });

  it("does not change at all when nothing new came", () => {
    const list = reduce(EMPTY_LIST, arrived(event(1)));
    expect(reduce(list, arrived(event(1)))).toBe(list);
  });

  it("keeps no more than its limit, and those are the newest", () => {
    const many = Array.from({ length: KEPT + 10 }, (_, number) => event(number));
    const list = reduce(EMPTY_LIST, arrived(...many));
    expect(list.events).toHaveLength(KEPT);
    expect(list.events.at(-1)?.subject).toBe("f-10");
  });

  it("stands still while paused and counts what waits", () => {
    const paused = reduce(reduce(EMPTY_LIST, arrived(event(1))), { kind: "paused" });
    const list = reduce(paused, arrived(event(2), event(3)));
    expect([list.events.length, list.waiting.length]).toEqual([1, 2]);
  });

  it("shows what waited when it goes on", () => {
    const paused = reduce(reduce(EMPTY_LIST, { kind: "paused" }), arrived(event(1)));
    const list = reduce(paused, { kind: "resumed" });
    expect([list.events.length, list.waiting.length, list.paused]).toEqual([1, 0, false]);
  });

  it("says how many it had to drop when nobody looked for long", () => {
    const many = Array.from({ length: KEPT + 5 }, (_, number) => event(number));
    const list = reduce(reduce(EMPTY_LIST, { kind: "paused" }), arrived(...many));
    expect([list.waiting.length, list.dropped]).toEqual([KEPT, 5]);
  });
});

describe("what the stream sends", () => {
  const fact = { specversion: "1.0", id: "e-1", type: "io.cloudflow.migration.advanced.v1", time: "2026-11-23T14:00:00Z", subject: "m-1", user: "ann", data: { file_id: "f-1" } };

  it("is read as a bare CloudEvent, with the topic its type belongs to", () => {
    expect(readEvent(fact, 5)).toMatchObject({ id: "e-1", topic: "migration-events", position: null, receivedAt: 5 });
  });

  it("is read from an envelope with topic, partition and offset", () => {
    expect(readEvent({ topic: "migration-events", partition: 1, offset: 42, event: fact }, 0)).toMatchObject({ id: "e-1", position: "1@42" });
  });

  it("is ignored when it is no event", () => {
    expect([readEvent({ kind: "ping" }, 0), readEvent("hello", 0), readEvent(null, 0)]).toEqual([null, null, null]);
  });
});

describe("filters", () => {
  const migration = event(1, { type: "io.cloudflow.migration.advanced.v1", topic: "migration-events", subject: "m-1", data: { file_id: "f-9", destination_key: "cold/a.csv" } });

  it("take topic, type and file together", () => {
    expect(matches(migration, { ...NO_FILTER, topic: "migration-events", type: "migration.advanced", file: "f-9" })).toBe(true);
    expect(matches(migration, { ...NO_FILTER, file: "f-1" })).toBe(false);
  });

  it("look through the data, whatever the case", () => expect(matches(migration, { ...NO_FILTER, text: "COLD/A" })).toBe(true));

  it("know a file by the subject of its own events", () => expect(matches(event(7), { ...NO_FILTER, file: "f-7" })).toBe(true));
});

describe("words for an event", () => {
  it("leave out what every type has", () => expect(shortType("io.cloudflow.migration.batch_ended.v1")).toBe("migration.batch_ended"));
  it("name the place", () => expect(placeOf(event(3))).toBe("lake/raw/3.csv"));
  it("say what a notification says, not which number it has", () => expect(placeOf(event(3, { subject: "5e2b", data: { title: "2 moves failed" } }))).toBe("2 moves failed"));
});
