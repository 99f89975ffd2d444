import { expect, it } from "vitest";
import "../testing/browser";
import { show } from "../testing/page";
import Recommendations from "./Recommendations";

const ROW = {
  owner: "team-docs", location_id: "main", prefix: "reports/2019/", from_tier: "hot", from_class: "STANDARD", to_location_id: "main", to_tier: "cold", to_class: "GLACIER_IR",
  count: 1_200_000, size_bytes: 2 ** 40, saves_per_month: 19, saves_low: 15, saves_high: 19.2, once: 24, pays_back_days: 38.4, worst_per_month: -11, read_tomorrow: 30, confidence: 0.9, expires_at: "2026-12-01T00:00:00Z",
};

it("a million files of a prefix are one row, applied as one thing and told how many wait", async () => {
  const page = await show(<Recommendations />, "recommendations/?by=prefix", {
    "GET recommendations": { recommendations: [], next_cursor: null },
    "GET recommendations/prefixes": { prefixes: [ROW] },
    "POST recommendations/prefixes/apply": { batch_id: "advice__1", run_url: "", skipped: [], batches: [{ batch_id: "advice__1", kind: "files", run_url: "", files: 1000, size_bytes: 2 ** 30 }] },
  });
  expect(page.text()).toContain("1,200,000 files");
  await page.click(page.find("button", "Apply…"));
  expect(page.text()).toContain("costs $11.00 /mo more");
  expect(page.has("button", "Apply and pay up to $24.00")).toBe(true);
  await page.click(page.find("button", /^Apply and pay/));
  const sent = page.calls.find((call) => call.method === "POST")?.body;
  expect(sent).toEqual({ owner: "team-docs", location_id: "main", prefix: "reports/2019/", from_class: "STANDARD", to_location_id: "main", to_class: "GLACIER_IR" });
  expect(page.text()).toContain("1,199,000 files wait");
});

const shown = (rows: readonly object[]) => show(<Recommendations />, "recommendations/?by=prefix", { "GET recommendations": { recommendations: [], next_cursor: null }, "GET recommendations/prefixes": { prefixes: rows } });

it("rows of several owners say whose they are, rows of one do not repeat it", async () => {
  const page = await shown([ROW, { ...ROW, owner: "team-web" }]);
  expect(page.text()).toContain("of team-docs");
  expect(page.text()).toContain("of team-web");
  page.close();
  const own = await shown([ROW]);
  expect(own.text()).not.toContain("of team-docs");
});

it("prefixes that fill the answer are told as the greatest, since more may be known", async () => {
  const page = await shown(Array.from({ length: 100 }, (_, place) => ({ ...ROW, prefix: `p${place}/` })));
  expect(page.text()).toContain("The 100 greatest savings");
  page.close();
  const few = await shown([ROW]);
  expect(few.text()).not.toContain("greatest savings");
});
