import { describe, expect, it } from "vitest";
import type { CostAnswer, CostDay } from "../../api/costs";
import type { Totals } from "../../api/types";
import { trendOf } from "./trendMath";

const costDay = (day: string, hot: number): CostDay => ({ day, usd: hot / 10, hot_usd: hot / 10, warm_usd: 0, cold_usd: 0, hot_bytes: hot, warm_bytes: 1, cold_bytes: 2 });
const answer = (...days: CostDay[]): CostAnswer => ({ since: "2026-08-26", until: "2026-11-23", usd: 0, before_usd: null, days, groups: [], parts: {} });
const NOW = { files: 2, size_bytes: 30, totals: [{ tier: "hot", size_bytes: 10 }, { tier: "cold", size_bytes: 20 }] } as unknown as Totals;

describe("the trend", () => {
  it("begins with the first day that is known, leaves gaps, and ends with this moment", () => {
    expect(trendOf(answer(costDay("2026-11-21", 5), costDay("2026-11-23", 7)), "bytes", NOW)).toEqual([
      { day: "2026-11-21", parts: { hot: 5, warm: 1, cold: 2 } },
      { day: "2026-11-22", parts: null },
      { day: "2026-11-23", parts: { hot: 7, warm: 1, cold: 2 } },
      { day: "2026-11-24", parts: { hot: 10, warm: 0, cold: 20 } },
    ]);
  });

  it("tells of money only what was worked out: today is not over", () => {
    expect(trendOf(answer(costDay("2026-11-23", 7)), "bill", NOW)).toEqual([{ day: "2026-11-23", parts: { hot: 0.7, warm: 0, cold: 0 } }]);
  });

  it("is one point for who has files since today", () => {
    expect(trendOf(answer(), "bytes", NOW)).toHaveLength(1);
    expect(trendOf(answer(), "bytes", undefined)).toEqual([]);
  });
});
