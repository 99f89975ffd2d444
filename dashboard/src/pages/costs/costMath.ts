/** Figures of the costs page that follow from what the API says. */
import type { CostAnswer, CostGroup, Split } from "../../api/costs";
import type { CostPoint } from "../../charts/CostChart";
import type { Savings } from "../../api/types";
import { DAY } from "../../format/format";

export const SPLITS: readonly { value: Split; label: string }[] = [
  { value: "tier", label: "Tier" },
  { value: "location", label: "Location" },
  { value: "storage_class", label: "Class" },
  { value: "owner", label: "Owner" },
  { value: "prefix", label: "Prefix" },
];

/** Every day of the window, so that one that was not worked out leaves a gap instead of moving its neighbours together. */
export function pointsOf(answer: CostAnswer): CostPoint[] {
  const known = new Map(answer.days.map((day) => [day.day, day]));
  const points: CostPoint[] = [];
  for (let at = Date.parse(answer.since); at <= Date.parse(answer.until); at += DAY) {
    const day = new Date(at).toISOString().slice(0, 10);
    const found = known.get(day);
    points.push({ day, parts: found ? { hot: found.hot_usd, warm: found.warm_usd, cold: found.cold_usd } : {} });
  }
  return points;
}

/** How much more or less than in the days before, as a share; null where that is not known. */
export function change(now: number, before: number | null): number | null {
  return before ? now / before - 1 : null;
}

/** What a month would cost at the pace of the days that are known. */
export function monthlyPace(answer: CostAnswer): number | null {
  const known = answer.days.length;
  return known ? (answer.days.reduce((sum, day) => sum + day.usd, 0) / known) * (365 / 12) : null;
}

/** What came of what applied moves promised, from 0; null until something was measured. */
export function realisedShare(savings: Savings): number | null {
  return savings.measured_promise > 0 ? savings.realised_per_month / savings.measured_promise : null;
}

const PARTS: Record<string, string> = { storage: "Storage", requests: "Requests", retrieval: "Retrieval", transition: "Moves", early_delete: "Early deletion", monitoring: "Monitoring" };

export function partRows(parts: Readonly<Record<string, number>>): { name: string; usd: number; share: number }[] {
  const all = Object.values(parts).reduce((sum, one) => sum + one, 0);
  return Object.entries(parts)
    .filter(([, usd]) => usd !== 0)
    .map(([name, usd]) => ({ name: PARTS[name] ?? name, usd, share: all ? usd / all : 0 }))
    .sort((a, b) => b.usd - a.usd);
}

/** As a spreadsheet reads it; names with commas or quotes are quoted, and none begins a formula. */
export function csvOf(answer: CostAnswer, groups: readonly CostGroup[], split: Split): string {
  const cell = (value: string | number | null): string => {
    const text = value === null ? "" : String(value);
    const safe = typeof value === "string" && /^[=+\-@\t]/.test(text) ? `'${text}` : text;
    return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = [
    ["day", "usd", "hot_usd", "warm_usd", "cold_usd"],
    ...answer.days.map((day) => [day.day, day.usd, day.hot_usd, day.warm_usd, day.cold_usd]),
    [],
    [split, "usd", "usd_before", "share", "bytes"],
    ...groups.map((group) => [group.name, group.usd, group.before_usd, group.share, group.size_bytes]),
  ];
  return lines.map((line) => line.map(cell).join(",")).join("\r\n");
}
