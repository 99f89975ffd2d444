import "../../testing/browser";
import { afterEach, expect, test } from "vitest";
import { show, type Shown } from "../../testing/page";
import { Largest } from "./Largest";

let page: Shown | null = null;
afterEach(() => {
  page?.close();
  page = null;
});

const advice = { recommendation_id: "r1", file_id: "f", location_id: "lake", name: "a.csv", size_bytes: 10, from_tier: "cold", to_tier: "cold", from_class: "STANDARD_IA", to_class: "GLACIER_IR", to_location_id: "lake", reasons: [], saves_per_month: 1, once: 0, pays_back_days: 0 };

test("a move within a tier is told by its classes", async () => {
  page = await show(<Largest />, "", { "GET recommendations": { recommendations: [advice], next_cursor: null }, "GET locations": { locations: [] } });
  expect(page.text()).toContain("STANDARD_IAtoGLACIER_IR");
  expect(page.text()).not.toContain("ColdtoCold");
});
