import type { ReactElement } from "react";
import type { Listing } from "../api/listing";
import { ARRIVED } from "../api/queries";
import type { Campaign, Migration } from "../api/types";
import { bytes, bytesFigure, count, DASH, DAY, duration } from "../format/format";
import { Strip, type Cell } from "../ui/basics";
import { SkeletonFigure } from "../ui/states";
import { isCut, isEnded, isMoving } from "./migrationMath";
import type { Running } from "./useRunning";

export interface Figures {
  moving: number;
  /** More are at work than are counted. */
  hasMoreAtWork: boolean;
  queued: number;
  /** Bytes to copy, of what runs and of what waits. */
  left: number;
  speed: number;
  /** More are on their way than are counted. */
  isMore: boolean;
  done: number;
  doneBytes: number;
  failed: number;
  /** More began within the day than are counted. */
  isCut: boolean;
}

/** What runs, of the moves that have not ended, and what a day brought, of *all* by the newest. */
export function figuresOf(all: Listing<Migration>, running: Running, speeds: ReadonlyMap<string, number>): Figures {
  const since = new Date(Date.now() - DAY).toISOString();
  const found: Figures = { moving: 0, hasMoreAtWork: running.hasMoreAtWork, queued: 0, left: 0, speed: 0, isMore: running.hasMore, done: 0, doneBytes: 0, failed: 0, isCut: isCut(all, since) };
  for (const row of running.rows) {
    if (isEnded(row)) continue;
    found.left += row.size_bytes - row.copied_bytes;
    if (isMoving(row)) found.moving += 1;
    else found.queued += 1;
    found.speed += speeds.get(row.migration_id) ?? 0;
  }
  for (const row of all.rows) {
    if (ARRIVED.includes(row.state) && (row.timestamps.switched ?? row.timestamps.done ?? "") > since) {
      found.done += 1;
      found.doneBytes += row.size_bytes;
    }
    if (row.state === "failed" && (row.timestamps.failed ?? "") > since) found.failed += 1;
  }
  return found;
}

/** How many run, in words. */
export function movesRunning({ moving, hasMoreAtWork }: Figures): string {
  return `${count(moving)}${hasMoreAtWork ? "+" : ""} ${moving === 1 ? "move" : "moves"} running`;
}

const TERMS = [{ term: "Speed now", word: "speed" }, { term: "Done in 24 h" }, { term: "Left", word: "left" }, { term: "Failed in 24 h" }] as const;

/** *campaigns*: those of the last day; their files are no moves of their own, and are told apart. */
export function MigrationStrip({ figures, campaigns, isPending }: { figures: Figures | null; campaigns: readonly Campaign[]; isPending: boolean }): ReactElement {
  return <Strip label="Migrations in figures" cells={figures ? cellsOf(figures, campaigns) : TERMS.map((cell) => ({ ...cell, value: isPending ? <SkeletonFigure /> : DASH, note: " " }))} />;
}

function timeLeft({ left, speed, moving, queued, isMore }: Figures, isCampaigning: boolean): string {
  if (!left && !queued) return isCampaigning ? "Beside campaigns" : "Nothing is left";
  if (left && speed) return `${isMore ? "At least" : "About"} ${duration(left / speed)} at the present speed`;
  return moving ? "Nothing is being copied right now" : "Waits to begin";
}

function cellsOf(figures: Figures, campaigns: readonly Campaign[]): Cell[] {
  const isCampaigning = campaigns.some((one) => one.state === "running");
  const now = bytesFigure(figures.speed || null);
  const left = bytesFigure(figures.left);
  const files = (many: number): string => (many === 1 ? "file" : "files");
  const atLeast = (many: number): string => `${count(many)}${figures.isCut ? "+" : ""}`;
  const [speedNow, done, toDo, failed] = TERMS;
  return [
    { ...speedNow, value: now.value, unit: now.unit && `${now.unit}/s`, note: figures.moving ? movesRunning(figures) : isCampaigning ? "Campaigns stand below" : "Nothing moves" },
    { ...done, value: atLeast(figures.done), unit: files(figures.done), note: `${figures.isCut ? "At least " : ""}${bytes(figures.doneBytes)}${campaigns.length ? ", beside campaigns" : ""}` },
    { ...toDo, value: `${left.value}${figures.isMore ? "+" : ""}`, unit: left.unit, note: timeLeft(figures, isCampaigning) },
    { ...failed, value: atLeast(figures.failed), unit: files(figures.failed), note: figures.failed ? "Originals untouched" : figures.isCut ? "Not one of the newest" : "None", bad: figures.failed > 0 },
  ];
}
