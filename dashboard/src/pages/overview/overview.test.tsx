import "../../testing/browser";
import { expect, test } from "vitest";
import { Refused, show } from "../../testing/page";
import { Figures } from "./Figures";
import { Largest } from "./Largest";
import { Moving } from "./Moving";
import { useTotals } from "../../api/queries";

const Strip = (): React.ReactElement => <Figures totals={useTotals()} />;

test("a figure that could not be asked for is a dash: neither 0, nor on its way for ever", async () => {
  const refused = new Refused(503, "The catalogue does not answer.");
  const page = await show(<Strip />, "", { "GET totals": refused, "GET totals/costs": refused, "GET recommendations/summary": refused });
  await page.settle();
  expect(page.root.querySelector(".MuiSkeleton-root")).toBeNull();
  expect(page.text()).not.toMatch(/\$0|Nothing to decide|No files/);
});

const advice = { recommendation_id: "r1", file_id: "f", location_id: "lake", name: "a.csv", size_bytes: 10, from_tier: "cold", to_tier: "cold", from_class: "STANDARD_IA", to_class: "GLACIER_IR", to_location_id: "lake", reasons: [], saves_per_month: 1, once: 0, pays_back_days: 0 };

test("a move within a tier is told by its classes", async () => {
  const page = await show(<Largest />, "", { "GET recommendations": { recommendations: [advice], next_cursor: null }, "GET locations": { locations: [] } });
  expect(page.text()).toContain("STANDARD_IAtoGLACIER_IR");
  expect(page.text()).not.toContain("ColdtoCold");
});

test("what is at work comes first, however long the queue behind it, whose end is not told as known", async () => {
  const move = (id: string, state: string): object => ({ migration_id: id, batch_id: "b", state, size_bytes: 10, copied_bytes: 0, source: { location_id: "lake", name: `${id}.csv`, storage_class: "STANDARD" }, destination: { location_id: "lake", name: `${id}.csv`, storage_class: "GLACIER_IR" }, quarantined_until: null, timestamps: { queued: "2026-11-01T00:00:00Z" } });
  const queue = Array.from({ length: 100 }, (_, place) => move(`q${place}`, "queued"));
  const answer = (_: unknown, query: URLSearchParams): object => (query.has("state") && !query.getAll("state").includes("queued") ? { migrations: [move("old", "copied")], next_cursor: null } : { migrations: queue, next_cursor: "next" });
  const page = await show(<Moving />, "", { "GET migrations": answer, "GET locations": { locations: [] } });
  await page.settle();
  expect(page.find("region", "Moving now").querySelector("li")?.textContent).toContain("old.csv");
  expect(page.text()).toContain("and 97+ more");
});

test("how much was moved today is not told as nothing where it is not known", async () => {
  const page = await show(<Moving />, "", { "GET migrations": new Refused(503, "The catalogue does not answer."), "GET locations": { locations: [] } });
  expect(page.text()).not.toContain("0 files");
});

test("a campaign that runs is told with how far it is, one that has ended is not", async () => {
  const campaign = (id: string, state: string): object => ({ campaign_id: id, requested_by: "team-docs", source_location: "lake", destination_location: `attic-${id}`, state, planned: { files: 2000, size_bytes: 2048 }, left_out: { files: 0, size_bytes: 0 }, bundles: 2, quarantine_days: 7, opened_at: "2026-11-01T00:00:00Z", ended_at: null, run_url: "/dags/run" });
  const progress = { ...campaign("c1", "running"), moved: { files: 490, size_bytes: 1024 }, failed: { files: 10, size_bytes: 0 }, waiting_bundles: 1, problems: [] };
  const page = await show(<Moving />, "", { "GET migrations": { migrations: [], next_cursor: null }, "GET locations": { locations: [] }, "GET campaigns": { campaigns: [campaign("c1", "running"), campaign("c2", "done")] }, "GET campaigns/c1": progress });
  await page.settle();
  expect(page.find("progressbar", "Campaign from lake to attic-c1").getAttribute("aria-valuenow")).toBe("25");
  expect(page.text()).toContain("500 of 2,000 files");
  expect(page.text()).not.toContain("attic-c2");
  expect(page.text()).not.toContain("Nothing moves");
  expect(page.text()).toContain("24 h: 0 files, 0 B, beside campaigns");
});
