import type { Recommendation } from "../api/types";

export interface Sum {
  moves: number;
  size: number;
  /** Null where no move has a price yet. */
  saves: number | null;
  once: number | null;
  worst: number | null;
}

/** Add up moves; a figure that is missing on all of them stays missing, and never becomes 0. */
export function sumOf(rows: readonly Recommendation[]): Sum {
  const add = (pick: (row: Recommendation) => number | null): number | null =>
    rows.reduce<number | null>((sum, row) => {
      const value = pick(row);
      return value == null ? sum : (sum ?? 0) + value;
    }, null);
  return {
    moves: rows.length,
    size: rows.reduce((sum, row) => sum + row.size_bytes, 0),
    saves: add((row) => row.saves_per_month),
    once: add((row) => row.once),
    worst: add((row) => row.worst_per_month),
  };
}

export function savingOf(rows: readonly Recommendation[]): number | null {
  return sumOf(rows).saves;
}

/** Days until the one-off cost is earned back. */
export function paybackDays(sum: Sum): number | null {
  return sum.saves != null && sum.saves > 0 && sum.once != null ? (sum.once / sum.saves) * 30 : null;
}
