import { useEffect, useRef, useState } from "react";
import type { Migration, MigrationState } from "../api/types";

const ORDER: readonly MigrationState[] = ["queued", "validated", "copied", "verified", "switched", "done"];
const ENDED: readonly MigrationState[] = ["done", "failed", "cancelled", "rolled_back"];

export function isEnded(move: Migration): boolean {
  return ENDED.includes(move.state) || (move.state === "switched" && Boolean(move.quarantined_until));
}

/** At work: taken up and not ended. */
export function isMoving(move: Migration): boolean {
  return !isEnded(move) && move.state !== "queued";
}

/** The last step that a move had reached before it ended early. */
export function reachedOf(move: Migration): MigrationState {
  return [...ORDER].reverse().find((state) => move.timestamps[state]) ?? "queued";
}

/** Whether more moves began after *since* than the list has, the newest of which come first. */
export function isCut(list: { rows: readonly Migration[]; hasMore: boolean }, since: string): boolean {
  return list.hasMore && (list.rows.at(-1)?.timestamps.queued ?? "") > since;
}

export interface Batch {
  id: string;
  files: number;
  ended: number;
  failed: number;
  startedAt: string;
  runUrl: string | null;
}

/** The batches of the moves at hand, newest first. */
export function batchesOf(moves: readonly Migration[]): Batch[] {
  const found = new Map<string, Batch>();
  for (const move of moves) {
    const batch = found.get(move.batch_id) ?? { id: move.batch_id, files: 0, ended: 0, failed: 0, startedAt: move.timestamps.queued ?? "", runUrl: null };
    batch.files += 1;
    if (isEnded(move)) batch.ended += 1;
    if (move.state === "failed") batch.failed += 1;
    batch.runUrl ??= move.run_url;
    found.set(move.batch_id, batch);
  }
  return [...found.values()].sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
}

interface Sample {
  at: number;
  bytes: number;
}
const WINDOW_MS = 10_000;

/** Bytes per second of each running move over the last ten seconds, from what was seen of it. */
export function useSpeeds(moves: readonly Migration[]): ReadonlyMap<string, number> {
  const samples = useRef(new Map<string, Sample[]>());
  const [speeds, setSpeeds] = useState<ReadonlyMap<string, number>>(new Map());
  useEffect(() => {
    const now = Date.now();
    const next = new Map<string, number>();
    for (const move of moves) {
      if (move.state !== "validated") {
        samples.current.delete(move.migration_id);
        continue;
      }
      const seen = [...(samples.current.get(move.migration_id) ?? []), { at: now, bytes: move.copied_bytes }].filter((sample) => now - sample.at <= WINDOW_MS);
      samples.current.set(move.migration_id, seen);
      const first = seen[0];
      if (first && now - first.at > 500 && move.copied_bytes > first.bytes) next.set(move.migration_id, ((move.copied_bytes - first.bytes) * 1000) / (now - first.at));
    }
    setSpeeds(next);
  }, [moves]);
  return speeds;
}
