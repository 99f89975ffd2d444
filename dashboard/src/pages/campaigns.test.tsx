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

const PLACES = { locations: ["lake", "attic"].map((name) => ({ location_id: name, provider: "s3", bucket: name, prefix: "", owners: {}, may_change: true })) };
const EMPTY_PAGE: Answers = { "GET migrations": { migrations: [], next_cursor: null }, "GET locations": PLACES, "GET campaigns": { campaigns: [] }, "GET files/count": { files: 250_000, size_bytes: 2 ** 40 } };

async function asked(answers: Answers): Promise<Shown> {
  const page = await show(<Migrations />, "migrations", { ...EMPTY_PAGE, ...answers });
  await page.click(page.find("button", "New campaign…"));
  return page;
}

async function filled(answers: Answers): Promise<Shown> {
  const page = await asked(answers);
  await page.type("From", "lake");
  await page.type("To", "attic");
  await page.settle();
  return page;
}

test("a new campaign says how many files it means, and what the limit leaves out, before it starts", async () => {
  const page = await filled({});
  expect(page.text()).toContain("250,000 files, 1.0 TB. 100,000 of them move, the others are left out.");
  expect(page.calls.some((call) => call.method === "POST")).toBe(false);
});

test("what is missing is said beside its field, and nothing starts", async () => {
  const page = await asked({});
  await page.type("At most", "0.5");
  await page.click(page.find("button", "Start campaign"));
  for (const words of ["Choose where the files lie", "Choose where they go", "whole number from 1 to 1,000,000"]) expect(page.text()).toContain(words);
  expect(page.calls.some((call) => call.method === "POST")).toBe(false);
});

test("a started campaign is waited for until its files are listed", async () => {
  let listed = false;
  const page = await filled({
    "GET campaigns": () => ({ campaigns: listed ? [campaign()] : [] }),
    "GET campaigns/c1": () => (listed ? progress() : new Refused(404, "there is no campaign 'c1'", "not-found")),
    "POST campaigns": { campaign_id: "c1", run_id: "c1", run_url: "/dags/run" },
  });
  await page.type("Names that begin with", "raw/");
  await page.type("Of tier", "cold");
  await page.click(page.find("button", "Start campaign"));
  await page.settle();
  expect(page.calls.find((call) => call.method === "POST")?.body).toEqual({ filter: { location_id: "lake", prefix: "raw/", include: [], exclude: [], tier: "cold" }, location_id: "attic", tier: null, destination_prefix: "", quarantine_days: 7, max_files: 100_000 });
  expect(page.text()).toContain("A new campaign lists its files");
  listed = true;
  await page.again();
  await page.settle();
  expect(page.text()).toContain("500 of 2,000 files moved");
  expect(page.text()).not.toContain("lists its files");
});

test("one that is refused says why: at once in the form, or later on the page", async () => {
  const page = await filled({ "POST campaigns": new Refused(422, "no file fits") });
  await page.click(page.find("button", "Start campaign"));
  await page.settle();
  expect(page.text()).toContain("no file fits");
  expect(page.has("button", "Start campaign")).toBe(true);
  page.close();
  const later = await filled({ "POST campaigns": { campaign_id: "c1", run_id: "c1", run_url: "/dags/run" }, "GET campaigns/c1": new Refused(404, "there is no campaign 'c1': it was refused, because the key is wrong", "campaign-refused") });
  await later.click(later.find("button", "Start campaign"));
  await later.settle();
  expect(later.text()).toContain("it was refused, because the key is wrong");
});

test("who may change nothing, or has one place, is offered no campaign", async () => {
  const page = await show(<Migrations />, "migrations", { ...EMPTY_PAGE, "GET me": { user: "guest", roles: [], is_admin: false, can_write: false } });
  expect(page.has("button", "New campaign…")).toBe(false);
  page.close();
  const alone = await show(<Migrations />, "migrations", { ...EMPTY_PAGE, "GET locations": { locations: PLACES.locations.slice(0, 1) } });
  expect(alone.has("button", "New campaign…")).toBe(false);
});
