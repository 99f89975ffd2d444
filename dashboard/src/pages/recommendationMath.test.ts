import { describe, expect, it } from "vitest";
import type { Recommendation } from "../api/types";
import { paybackDays, sumOf, worstWords } from "./recommendationMath";

const move = (saves: number, once: number, worst: number): Recommendation => ({ size_bytes: 10, saves_per_month: saves, once, worst_per_month: worst }) as Recommendation;

describe("moves together", () => {
  it("add up in bytes and in money", () => expect(sumOf([move(1, 2, -1), move(3, 4, 2)])).toEqual({ moves: 2, size: 20, saves: 4, once: 6, worst: 1 }));

  it("pay back after so many days of what they save", () => expect(paybackDays(365 / 12, 10)).toBeCloseTo(10));

  it("never pay back what saves nothing", () => expect([paybackDays(0, 1), paybackDays(-1, 1)]).toEqual([null, null]));

  it("say in words what their worst case is", () => expect([worstWords(-1.5), worstWords(0.25)]).toEqual(["costs $1.50 /mo more", "still saves $0.25 /mo"]));
});
