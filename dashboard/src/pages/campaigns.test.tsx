import "../testing/browser";
import { afterEach, expect, test, vi } from "vitest";
import { Refused, show, type Answers, type Shown } from "../testing/page";
import { Campaigns } from "./Campaigns";
import Migrations from "./Migrations";

afterEach(() => vi.restoreAllMocks());

const NOW = new Date().toISOString();
const OLD = "2020-01-01T00:00:00Z";
const campaign = (more: object = {}): object => ({ campaign_id: "c1", requested_by: "team-docs", source_location: "lake", destination_location: "attic", state: "running", planned: { files: 2000, size_bytes: 2048 }, left_out: { files: 0, size_bytes: 0 }, bundles: 2, quarantine_days: 7, opened_at: NOW, ended_at: null, run_url: "/dags/run", ...more });
const progress = (more: object = {}): object => ({ ...campaign(), moved: { files: 500, size_bytes: 1024 }, failed: { files: 0, size_bytes: 0 }, waiting_bundles: 1, problems: [], ...more });

function shown(answers: Answers): Promise<Shown> {
  return show(<Campaigns />, "migrations", { "GET campaigns": { campaigns: [campaign()] }, "GET campaigns/c1": progress(), ...answers });
}

test("a campaign shows how far it is, and what did not arrive and why", async () => {
  const page = await shown({ "GET campaigns/c1": progress({ failed: { files: 5, size_bytes: 10 }, problems: ["a.csv: it changed while it was copied", "b.csv: it is gone"] }) });
  await page.settle();
  expect(page.text()).toContain("500 of 2,000 files moved, 1.0 KB of 2.0 KB, 5 not moved");
  expect(page.text()).toContain("a.csv: it changed while it was copied");
  expect(page.text()).toContain("3 more: see the logs");
  expect(page.find("progressbar", "Campaign from lake to attic").getAttribute("aria-valuenow")).toBe("25");
});

test("one that runs can be paused, and one that is paused carried on", async () => {
  let state = "running";
  const list = (): object => ({ campaigns: [campaign({ state })] });
  const page = await shown({ "GET campaigns": list, "POST campaigns/c1/pause": () => ((state = "paused"), campaign({ state })), "POST campaigns/c1/resume": () => ((state = "running"), {}) });
  await page.click(page.find("button", "Pause"));
  await page.settle();
  expect(page.text()).toContain("Paused");
  await page.click(page.find("button", "Resume"));
  await page.settle();
  expect(page.has("button", "Pause")).toBe(true);
  expect(page.calls.filter((call) => call.method === "POST").map((call) => call.path)).toEqual(["campaigns/c1/pause", "campaigns/c1/resume"]);
});

test("ending it asks first, and a refusal is told in the question", async () => {
  const page = await shown({ "POST campaigns/c1/cancel": new Refused(409, "it is done") });
  await page.click(page.find("button", "End…"));
  expect(page.calls.some((call) => call.method === "POST")).toBe(false);
  await page.click(page.find("button", "End campaign"));
  await page.settle();
  expect(page.text()).toContain("it is done");
});

test("what ended long ago is not shown, what ended today cannot be steered", async () => {
  const page = await shown({ "GET campaigns": { campaigns: [campaign({ state: "done", ended_at: NOW }), campaign({ campaign_id: "c0", state: "done", opened_at: OLD, ended_at: OLD })] } });
  expect(page.calls.some((call) => call.path === "campaigns/c0")).toBe(false);
  expect(page.text()).toContain("Done");
  expect(page.has("button", "End…")).toBe(false);
});

test("without campaigns there is no card", async () => {
  const page = await shown({ "GET campaigns": { campaigns: [] } });
  expect(page.has("region", "Campaigns")).toBe(false);
});

test("while a campaign runs the page does not say that nothing moves", async () => {
  const page = await show(<Migrations />, "migrations", { "GET migrations": { migrations: [], next_cursor: null }, "GET locations": { locations: [] }, "GET campaigns": { campaigns: [campaign()] }, "GET campaigns/c1": progress() });
  await page.settle();
  expect(page.text()).toContain("0 moves running, 0 queued, 1 campaign running");
  expect(page.text()).not.toContain("Nothing moves");
  expect(page.text()).not.toContain("Nothing is left");
});

test("one batch is shown without campaigns", async () => {
  const page = await show(<Migrations />, "migrations/?batch=b1", { "GET migrations": { migrations: [], next_cursor: null }, "GET locations": { locations: [] }, "GET campaigns": { campaigns: [campaign()] } });
  await page.settle();
  expect(page.has("region", "Campaigns")).toBe(false);
});
