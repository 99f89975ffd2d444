import { useEffect, useRef, useState } from "react";
import type { Campaign, Migration, MigrationState } from "../api/types";
import { DAY } from "../format/format";
import { useNow } from "../ui/useNow";

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

export function isGoing({ state }: Campaign): boolean {
  return state === "running" || state === "paused";
}

/** Whether a campaign is under way or paused, or was within the last day. */
export function isOfToday(campaign: Campaign): boolean {
  return isGoing(campaign) || new Date(campaign.ended_at ?? campaign.opened_at).getTime() > Date.now() - DAY;
}

export interface Batch {
  id: string;
  files: number;
  ended: number;
  failed: number;
  /** Whether all of its moves are counted. */
  isWhole: boolean;
  startedAt: string;
  runUrl: string | null;
}

/** The batches of the moves at hand, newest first. */
export function batchesOf(moves: readonly Migration[]): Batch[] {
  const found = new Map<string, Batch>();
  for (const move of moves) {
    const batch = found.get(move.batch_id) ?? { id: move.batch_id, files: 0, ended: 0, failed: 0, isWhole: true, startedAt: move.timestamps.queued ?? "", runUrl: null };
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
  const samples = useRef<ReadonlyMap<string, readonly Sample[]>>(new Map());
  const [speeds, setSpeeds] = useState<ReadonlyMap<string, number>>(new Map());
  const clock = useNow();
  useEffect(() => {
    const at = Date.now();
    const copying = moves.filter((move) => move.state === "validated");
    samples.current = new Map(copying.map((move) => [move.migration_id, [...(samples.current.get(move.migration_id) ?? []), { at, bytes: move.copied_bytes }].filter((sample) => at - sample.at <= WINDOW_MS)]));
    setSpeeds(new Map(copying.flatMap((move) => speedOf(move, at, samples.current.get(move.migration_id)?.[0]))));
    // Of a copy that stands still nothing new is told: the clock tells it.
  }, [moves, clock]);
  return speeds;
}

function speedOf(move: Migration, at: number, first: Sample | undefined): [string, number][] {
  if (!first || at - first.at <= 500 || move.copied_bytes <= first.bytes) return [];
  return [[move.migration_id, ((move.copied_bytes - first.bytes) * 1000) / (at - first.at)]];
}
