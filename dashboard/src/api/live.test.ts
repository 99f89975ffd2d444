import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LiveEvent } from "../live/reducer";
import { advanced, applyEvents } from "./live";
import type { Listed } from "./listing";
import { KEYS } from "./queries";
import type { FileRow, Migration } from "./types";

const ROW = { file_id: "f-1", name: "a.csv", tier: "warm", tier_reasons: ["new files start warm"], tier_since: "2026-11-01T00:00:00Z" } as unknown as FileRow;

function reclassified(fileId: string): LiveEvent {
  return { id: `e-${fileId}`, type: "io.cloudflow.file.reclassified.v1", topic: "file-events", time: "2026-11-02T00:00:00Z", subject: fileId, user: "ann", data: { after: "hot", reasons: ["read 9 times in 1 day (hot from 4)"] }, position: null, receivedAt: 0 };
}

function clientWith(rows: readonly FileRow[]): QueryClient {
  const client = new QueryClient();
  client.setQueryData<Listed<FileRow>>([...KEYS.files, {}], { pages: [{ items: rows, next_cursor: null }], pageParams: [null] });
  client.setQueryData([...KEYS.files, "count", {}], { files: rows.length, size_bytes: 10 });
  return client;
}

describe("events in the cache", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => {
    vi.runAllTimers();
    vi.useRealTimers();
  });

  it("change a file's tier in the list although the count of files is kept beside it", () => {
    const client = clientWith([ROW]);

    applyEvents(client, [reclassified("f-1")]);

    expect(client.getQueryData<Listed<FileRow>>([...KEYS.files, {}])?.pages[0]?.items[0]?.tier).toBe("hot");
    expect(client.getQueryData([...KEYS.files, "count", {}])).toEqual({ files: 1, size_bytes: 10 });
  });

  it("have sums asked for at once, and again when even a slow server has them", () => {
    const client = clientWith([ROW]);
    const asked = vi.spyOn(client, "invalidateQueries");
    const timesTotals = (): number => asked.mock.calls.filter(([filters]) => filters?.queryKey?.[0] === "totals").length;

    applyEvents(client, [reclassified("f-1")]);
    vi.advanceTimersByTime(1200);
    expect(timesTotals()).toBe(1);
    vi.advanceTimersByTime(200);
    expect(timesTotals()).toBe(2);
  });

  it("have the bill asked for again with new recommendations, which it is worked out with", () => {
    const client = clientWith([ROW]);
    client.setQueryData(KEYS.costs, { usd_per_month: 5 });

    applyEvents(client, [{ ...reclassified("f-1"), type: "io.cloudflow.recommendation.made.v1" }]);
    vi.advanceTimersByTime(5000);

    expect(client.getQueryState(KEYS.costs)?.isInvalidated).toBe(true);
  });

  it("let a slow answer arrive while others come, and ask once more behind it", async () => {
    const client = clientWith([ROW]);
    let asked = 0;
    const observer = new QueryObserver(client, {
      queryKey: KEYS.recommendations,
      queryFn: async () => {
        const question = (asked += 1);
        await new Promise((resolve) => setTimeout(resolve, 2500));
        return question;
      },
    });
    const leave = observer.subscribe(() => undefined);
    await vi.advanceTimersByTimeAsync(3000);

    for (let second = 0; second < 20; second += 1) {
      applyEvents(client, [{ ...reclassified("f-1"), type: "io.cloudflow.recommendation.made.v1" }]);
      await vi.advanceTimersByTimeAsync(500);
    }

    const before = client.getQueryData<number>(KEYS.recommendations);
    expect(before).toBeGreaterThan(2);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(client.getQueryData(KEYS.recommendations)).toBe(asked);
    expect(asked).toBeGreaterThan(before ?? 0);
    leave();
  });

  it("leave a list as it is that does not show the file", () => {
    const client = clientWith([ROW]);
    const before = client.getQueryData([...KEYS.files, {}]);

    applyEvents(client, [reclassified("f-2")]);

    expect(client.getQueryData([...KEYS.files, {}])).toBe(before);
  });
});

describe("a migration that advanced", () => {
  const move = { migration_id: "m-1", state: "verified", size_bytes: 5, copied_bytes: 5, timestamps: { queued: "2026-11-02T00:00:00Z" }, quarantined_until: null } as unknown as Migration;
  const told = (state: string, more: Record<string, unknown> = {}): LiveEvent => ({ ...reclassified("m-1"), type: "io.cloudflow.migration.advanced.v1", time: "2026-11-02T00:00:01Z", data: { state, ...more } });

  it("is done for people as soon as readers get the copy: only its original waits", () => {
    expect(advanced(move, told("switched", { quarantined_until: "2026-11-09T00:00:00Z" }))).toMatchObject({ state: "switched", quarantined_until: "2026-11-09T00:00:00Z" });
  });

  it("is not put back by an event that came late", () => {
    expect(advanced({ ...move, state: "done", timestamps: { done: "2026-11-02T00:00:02Z" } }, told("copied")).state).toBe("done");
  });
});
