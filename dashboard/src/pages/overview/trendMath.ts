/** The days of the overview's trend, from what the API says. */
import type { CostAnswer, CostDay } from "../../api/costs";
import type { Totals } from "../../api/types";
import type { DayPoint } from "../../charts/StackedDays";
import { DAY } from "../../format/format";

export type Shown = "bytes" | "bill";

/** One point for each day since the first that is known; today's bytes are those of this moment. */
export function trendOf(answer: CostAnswer, shown: Shown, totals: Totals | undefined): DayPoint[] {
  const known = new Map(answer.days.map((one) => [one.day, one]));
  const first = answer.days[0]?.day;
  const points: DayPoint[] = [];
  if (first) {
    for (let at = Date.parse(first); at <= Date.parse(answer.until); at += DAY) {
      const day = dateOf(at);
      const found = known.get(day);
      points.push({ day, parts: found ? partsOf(found, shown) : null });
    }
  }
  if (shown === "bytes" && totals?.files) points.push({ day: dateOf(Date.parse(answer.until) + DAY), parts: bytesNow(totals) });
  return points;
}

function partsOf(day: CostDay, shown: Shown): Record<string, number> {
  return shown === "bytes" ? { hot: day.hot_bytes, warm: day.warm_bytes, cold: day.cold_bytes } : { hot: day.hot_usd, warm: day.warm_usd, cold: day.cold_usd };
}

function bytesNow(totals: Totals): Record<string, number> {
  const parts: Record<string, number> = { hot: 0, warm: 0, cold: 0 };
  for (const total of totals.totals) parts[total.tier] = (parts[total.tier] ?? 0) + total.size_bytes;
  return parts;
}

function dateOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
