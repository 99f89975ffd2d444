import { expect, it } from "vitest";
import { dotsOf } from "./TimeLines";

const LINE = { key: "p99", name: "p99", color: "red" };
const rows = (...values: (number | null)[]) => values.map((p99, time) => ({ time, p99 }));

it("draws a dot for each value that makes no line", () => {
  const dots = dotsOf(rows(4, null, 5, 6, null, 7), LINE);
  if (!dots) throw new Error("no dots");

  expect([0, 1, 2, 3, 4, 5].map((index) => dots({ cx: 1, cy: 2, index }).type)).toEqual(["circle", "g", "g", "g", "g", "circle"]);
});

it("draws none where every value has a neighbour", () => {
  expect(dotsOf(rows(4, 5, null, null), LINE)).toBe(false);
});
