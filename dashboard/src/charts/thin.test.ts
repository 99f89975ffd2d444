import { expect, test } from "vitest";
import { thin } from "./thin";

const wave = Array.from({ length: 5000 }, (_, place) => ({ place, value: place === 2617 ? 999 : Math.sin(place / 40) }));

test("a long series gets short and keeps its peak, its valleys and its order", () => {
  const few = thin(wave, (point) => point.value);
  expect(few.length).toBeLessThanOrEqual(300);
  expect(few.some((point) => point.value === 999)).toBe(true);
  expect(few.map((point) => point.place)).toEqual(few.map((point) => point.place).toSorted((a, b) => a - b));
});

test("a short series stays as it is, gaps and all", () => {
  const few = [{ value: 1 }, { value: null }];
  expect(thin(few, (point) => point.value)).toBe(few);
  expect(thin(Array.from({ length: 900 }, () => ({ value: null })), (point) => point.value).length).toBeGreaterThan(0);
});
