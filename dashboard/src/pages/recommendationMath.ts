import { DASH, duration, money, type Maybe } from "../format/format";
import type { Recommendation } from "../api/types";

export interface Sum {
  moves: number;
  size: number;
  saves: number;
  once: number;
  worst: number;
}

/** Add up moves. */
export function sumOf(rows: readonly Recommendation[]): Sum {
  const add = (pick: (row: Recommendation) => number): number => rows.reduce((sum, row) => sum + pick(row), 0);
  return {
    moves: rows.length,
    size: add((row) => row.size_bytes),
    saves: add((row) => row.saves_per_month),
    once: add((row) => row.once),
    worst: add((row) => row.worst_per_month),
  };
}

const MONTH_DAYS = 365 / 12;

/** Days until the one-off cost is earned back; null where nothing is saved. */
export function paybackDays(saves: number, once: number): number | null {
  return saves > 0 ? (once / saves) * MONTH_DAYS : null;
}

const DAY_SECONDS = 86_400;

/** "38 days"; what costs nothing, or next to it, pays back at once. */
export function paybackWords(days: Maybe<number>): string {
  if (days == null) return DASH;
  return days * DAY_SECONDS < 60 ? "at once" : duration(days * DAY_SECONDS);
}

/** The worst case in words: a loss is one, and still a saving may be left. */
export function worstWords(worst: number): string {
  return worst < 0 ? `costs ${money(-worst, true)} /mo more` : `still saves ${money(worst, true)} /mo`;
}
