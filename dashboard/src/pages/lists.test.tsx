import { laidOut } from "../testing/browser";
import { act } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { later, Refused, show } from "../testing/page";
import { started } from "../testing/started";
import { LiveProvider } from "../live/LiveProvider";
import Events from "./Events";
import Migrations from "./Migrations";
import Recommendations from "./Recommendations";

afterEach(() => vi.restoreAllMocks());

const NOW = new Date().toISOString();
const place = { location_id: "lake", name: "a.csv", storage_class: "STANDARD" };
const move = (id: number, more: object = {}): object => ({ migration_id: `m${id}`, batch_id: "b", file_id: "f", state: "switched", size_bytes: 10, copied_bytes: 10, source: place, destination: place, error: null, proof: null, notes: [], quarantined_until: NOW, requested_by: "team-docs", run_url: null, undoes: null, timestamps: { queued: NOW, switched: NOW }, ...more });
const advice = (id: string): object => ({ recommendation_id: id, file_id: id, location_id: "lake", name: `${id}.csv`, size_bytes: 10, from_tier: "hot", to_tier: "cold", from_class: "STANDARD", to_class: "GLACIER_IR", to_location_id: "lake", reasons: [], saves_per_month: 1, saves_low: 1, once: 0, pays_back_days: 0, worst_per_month: 0, read_tomorrow: 0, confidence: 0.9, realised: null });

test("a list that is exactly one page long, of more, goes on when somebody scrolls", async () => {
  const rows = Array.from({ length: 100 }, (_, id) => move(id));
  const page = await show(<Migrations />, "migrations", { "GET migrations": { migrations: rows, next_cursor: "next" }, "GET locations": { locations: [] } });
  expect(page.has("region", "Moves, scrollable")).toBe(true);
});

test("a move that was rolled back is not counted as done", async () => {
  const rows = [move(1), move(2, { state: "rolled_back", timestamps: { queued: NOW, switched: NOW, rolled_back: NOW } })];
  const page = await show(<Migrations />, "migrations", { "GET migrations": { migrations: rows, next_cursor: null }, "GET locations": { locations: [] } });
  expect(page.text()).toContain("Done in 24 h1file10 B");
});

test("dismissing one move leaves the others selected", async () => {
  let known = ["r1", "r2", "r3"].map(advice);
  const dismiss = (): object => ((known = known.slice(0, 2)), {});
  const page = await show(<Recommendations />, "recommendations", { "GET recommendations": () => ({ recommendations: known, next_cursor: null }), "GET locations": { locations: [] }, "POST recommendations/dismiss": dismiss });
  await page.click(page.find("checkbox", "Select r1.csv"));
  await page.click(page.find("checkbox", "Select r2.csv"));
  await page.click([...page.root.querySelectorAll<HTMLElement>("button")].filter((one) => one.textContent === "Dismiss")[2] as HTMLElement);
  await page.settle();
  expect(page.text()).toContain("2 selected");
});

test("two dismissals at once are both told, and neither row stays selected", async () => {
  let answered = 0;
  const dismiss = (): unknown => later({}, (answered += 1) * 40);
  const page = await show(<Recommendations />, "recommendations", { "GET recommendations": { recommendations: ["r1", "r2", "r3"].map(advice), next_cursor: null }, "GET locations": { locations: [] }, "POST recommendations/dismiss": dismiss });
  for (const name of ["r1", "r2", "r3"]) await page.click(page.find("checkbox", `Select ${name}.csv`));
  const buttons = [...page.root.querySelectorAll<HTMLElement>("button")].filter((one) => one.textContent === "Dismiss");
  act(() => {
    buttons[0]?.click();
    buttons[1]?.click();
  });
  for (let waited = 0; waited < 8; waited += 1) await page.settle();
  expect(page.text()).toContain("1 selected");
  expect([...document.body.querySelectorAll("button")].filter((one) => one.textContent === "Undo")).toHaveLength(2);
});

test("a filter that finds no move says so of its own state", async () => {
  const asked = async (state: string): Promise<string> => {
    const page = await show(<Migrations />, `migrations/?state=${state}`, { "GET migrations": { migrations: [], next_cursor: null }, "GET locations": { locations: [] } });
    const told = page.text();
    page.close();
    return told;
  };
  expect(await asked("running")).toContain("No move is on its way, and none waits for its turn.");
  expect(await asked("done")).toContain("No move has arrived yet.");
  expect(await asked("failed")).toContain("No move has failed.");
  expect(await asked("all&batch=b1")).toContain("This batch has none.");
});

test("a move that costs nothing pays back at once", async () => {
  const page = await show(<Recommendations />, "recommendations", { "GET recommendations": { recommendations: [advice("r1")], next_cursor: null }, "GET locations": { locations: [] } });
  expect(page.text()).toContain("at once");
  expect(page.text()).not.toContain("0 ms");
});

test("a replay keeps what was filtered for", async () => {
  vi.stubGlobal("WebSocket", class { close(): void { /* nothing was opened */ } });
  const event = (id: string, file: string): object => ({ id, type: "io.cloudflow.file.added.v1", time: NOW, subject: file, user: "team-docs", data: { key: `${file}.csv` } });
  const page = await show(<LiveProvider><Events /></LiveProvider>, "events/?file=f1", { "GET events/history": { events: [event("1", "f1"), event("2", "f2")], next_cursor: null } });
  await page.click(page.find("button", "Replay…"));
  await page.click(page.find("button", "Replay"));
  await page.settle();
  expect(page.text()).toContain("Back to live");
  expect(page.has("button", "Show events of all files")).toBe(true);
  await page.click(page.find("button", "Back to live"));
  expect(page.has("button", "Show events of all files")).toBe(true);
});

test("a move of a long list is opened in its place, and what went wrong with one is told there", async () => {
  laidOut();
  const rows = Array.from({ length: 150 }, (_, id) => move(id, id === 1 ? { state: "failed", error: "the store refused" } : {}));
  const page = await show(<Migrations />, "migrations", { "GET migrations": { migrations: rows, next_cursor: null }, "GET locations": { locations: [] } });
  await page.click(page.find("button", "Show details"));
  expect(page.text()).toContain("Asked for by team-docs");
  expect(page.has("region", "Moves, scrollable")).toBe(true);
});

test("the figures are of all moves, whichever of them are listed", async () => {
  const running = move(1, { state: "validated", copied_bytes: 0, quarantined_until: null, timestamps: { queued: NOW, validated: NOW } });
  const failed = move(2, { state: "failed", quarantined_until: null, timestamps: { queued: NOW, failed: NOW } });
  const answer = (_: unknown, query: URLSearchParams): object => ({ migrations: query.get("state") === "failed" ? [failed] : [running, failed], next_cursor: null });
  const page = await show(<Migrations />, "migrations/?state=failed", { "GET migrations": answer, "GET locations": { locations: [] } });
  expect(page.text()).toContain("1 move running");
  expect(page.text()).not.toContain("Nothing moves");
});

test("what could not be asked for is told as a dash, never as none", async () => {
  const refused = new Refused(503, "The catalogue does not answer.");
  let page = await show(<Migrations />, "migrations", { "GET migrations": refused, "GET locations": { locations: [] } });
  expect(page.text()).not.toMatch(/0 moves running|None|Nothing moves/);
  page.close();
  page = await show(<Recommendations />, "recommendations", { "GET recommendations": refused, "GET locations": { locations: [] } });
  expect(page.text()).not.toMatch(/0 open moves|\$0\.00/);
});

test("a page of a list that does not come is asked for once, told, and asked for again by a click", async () => {
  let isBroken = true;
  const answer = (_: unknown, query: URLSearchParams): object => (!query.get("cursor") ? { recommendations: ["r1"].map(advice), next_cursor: "next" } : isBroken ? new Refused(400, "This cursor is of another list.") : { recommendations: ["r2"].map(advice), next_cursor: null });
  const page = await show(<Recommendations />, "recommendations/?to=cold", { "GET recommendations": answer, "GET locations": { locations: [] } });
  const asked = (): number => page.calls.filter((call) => call.path === "recommendations").length;
  for (let times = 0; times < 5; times += 1) await page.settle();
  expect(asked()).toBe(2);
  expect(page.text()).toContain("This cursor is of another list.");
  isBroken = false;
  await page.click(page.find("button", "Try again"));
  expect(page.text()).toContain("r2.csv");
});

test("prefixes stay in sight when they cannot be asked for again, and so does the filter they are narrowed by", async () => {
  const row = { owner: "a", location_id: "lake", prefix: "raw/", from_tier: "cold", from_class: "STANDARD_IA", to_location_id: "lake", to_tier: "cold", to_class: "GLACIER_IR", count: 2, size_bytes: 10, saves_per_month: 1, saves_low: 1, once: 0, pays_back_days: 0, worst_per_month: 0 };
  let answer: unknown = { prefixes: [row] };
  const page = await show(<Recommendations />, "recommendations/?by=prefix&location=lake", { "GET recommendations": { recommendations: [], next_cursor: null }, "GET recommendations/prefixes": () => answer, "GET locations": { locations: [{ location_id: "lake" }] } });
  expect(page.has("button", /^Location lake/)).toBe(true);
  answer = new Refused(503, "The catalogue does not answer.");
  await page.again();
  expect(page.text()).toContain("raw/");
});

test("applying is told as soon as it is begun, not when every list was asked for again", async () => {
  let isSlow = false;
  const list = (): unknown => (isSlow ? later({ recommendations: [], next_cursor: null }, 5000) : { recommendations: [advice("r1")], next_cursor: null });
  const apply = (): object => ((isSlow = true), started([1]));
  const page = await show(<Recommendations />, "recommendations", { "GET recommendations": list, "GET locations": { locations: [] }, "POST recommendations/apply": apply });
  await page.click(page.find("button", "Apply…"));
  await page.click(page.find("button", /^Apply and pay/));
  expect(page.text()).toContain("1 move started");
});

test("an event that is closed gives the focus back to its line", async () => {
  laidOut();
  vi.stubGlobal("WebSocket", class { close(): void { /* nothing was opened */ } });
  const events = ["1", "2"].map((id) => ({ id, type: "io.cloudflow.file.added.v1", time: NOW, subject: id, user: "team-docs", data: { key: `${id}.csv` } }));
  const page = await show(<LiveProvider><Events /></LiveProvider>, "events/?from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z", { "GET events/history": { events, next_cursor: null } });
  const line = page.find("button", /file\.added.*2\.csv/);
  await act(async () => {
    line.focus();
    line.click();
    await Promise.resolve();
  });
  const close = page.find("button", "Close the event");
  act(() => close.focus());
  await page.click(close);
  expect(document.activeElement).toBe(line);
});

test("what lists are searched for stays when the page is loaded again", async () => {
  const page = await show(<Recommendations />, "recommendations/?find=r2", { "GET recommendations": { recommendations: ["r1", "r2"].map(advice), next_cursor: null }, "GET locations": { locations: [] } });
  expect(page.text()).toContain("r2.csv");
  expect(page.text()).not.toContain("r1.csv");
});

test("an undo that did not work is told", async () => {
  let known = ["r1", "r2"].map(advice);
  const dismiss = (): object => ((known = known.slice(1)), {});
  const page = await show(<Recommendations />, "recommendations", { "GET recommendations": () => ({ recommendations: known, next_cursor: null }), "GET locations": { locations: [] }, "POST recommendations/dismiss": dismiss, "POST recommendations/restore": new Refused(409, "It was worked out anew.") });
  await page.click(page.find("button", "Dismiss"));
  await page.settle();
  await page.click(page.find("button", "Undo"));
  expect(page.text()).toContain("It was worked out anew.");
});

test("an event of the present is closed when the past is replayed", async () => {
  laidOut();
  vi.stubGlobal("WebSocket", class { close(): void { /* nothing was opened */ } });
  const event = { id: "1", type: "io.cloudflow.file.added.v1", time: NOW, subject: "1", user: "team-docs", data: { key: "1.csv" } };
  const page = await show(<LiveProvider><Events /></LiveProvider>, "events/?from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z", { "GET events/history": { events: [event], next_cursor: null } });
  await page.click(page.find("button", /file\.added/));
  expect(page.has("region", "Event")).toBe(true);
  await page.click(page.find("button", "Back to live"));
  expect(page.has("region", "Event")).toBe(false);
});

const LATER = "2999-01-01T00:00:00Z";

test("rolling back asks first, tells what it means, and where it is refused says so in its question", async () => {
  let isRefused = true;
  const back = (): unknown => (isRefused ? new Refused(409, "The original was let go.") : {});
  const page = await show(<Migrations />, "migrations", { "GET migrations": { migrations: [move(1, { quarantined_until: LATER })], next_cursor: null }, "GET locations": { locations: [] }, "POST migrations/m1/rollback": back });
  const asked = (): number => page.calls.filter((call) => call.method === "POST").length;
  await page.click(page.find("button", "Roll back…"));
  expect(asked()).toBe(0);
  expect(page.text()).toContain("becomes the file again");
  await page.click(page.find("heading", /^Roll back the move of a\.csv/));
  expect(page.text()).not.toContain("Asked for by");
  await page.click(page.find("button", "Roll back"));
  expect(page.text()).toContain("The original was let go.");
  isRefused = false;
  await page.click(page.find("button", "Roll back"));
  expect(asked()).toBe(2);
  expect(page.text()).toContain("Move is rolled back");
});

test("a batch is counted whole, however much of it is listed", async () => {
  const rows = [...Array.from({ length: 150 }, (_, id) => move(id, { batch_id: "big" })), move(999, { batch_id: "small" })];
  const answer = (_: unknown, query: URLSearchParams): object => {
    const wanted = rows.filter((row) => !query.get("batch_id") || (row as { batch_id: string }).batch_id === query.get("batch_id"));
    const from = Number(query.get("cursor") ?? 0);
    return { migrations: wanted.slice(from, from + 100), next_cursor: from + 100 < wanted.length ? String(from + 100) : null };
  };
  const page = await show(<Migrations />, "migrations", { "GET migrations": answer, "GET locations": { locations: [] } });
  for (let times = 0; times < 5; times += 1) await page.settle();
  expect(page.text()).toContain("150 of 150 files");
});

test("what runs is counted among all moves, not among the newest", async () => {
  const running = move(1, { state: "validated", copied_bytes: 0, quarantined_until: null, timestamps: { queued: NOW, validated: NOW } });
  const answer = (_: unknown, query: URLSearchParams): object => (query.has("state") ? { migrations: [running], next_cursor: null } : { migrations: [move(2)], next_cursor: query.has("batch_id") ? null : "next" });
  const page = await show(<Migrations />, "migrations", { "GET migrations": answer, "GET locations": { locations: [] } });
  expect(page.text()).toContain("1 move running");
});

test("failures of a day of which only a part is listed are told as at least as many", async () => {
  const answer = (_: unknown, query: URLSearchParams): object => ({ migrations: [move(1)], next_cursor: query.has("batch_id") ? null : "next" });
  const page = await show(<Migrations />, "migrations", { "GET migrations": answer, "GET locations": { locations: [] } });
  expect(page.text()).toMatch(/Failed in 24 h0\+/);
  expect(page.text()).not.toContain("None");
});

test("what waits is left to do as well, and in a long queue what is at work is counted, too", async () => {
  const waiting = (id: number): object => move(id, { state: "queued", copied_bytes: 0, quarantined_until: null, timestamps: { queued: NOW } });
  const copying = move(999, { state: "copied", size_bytes: 1, copied_bytes: 0, quarantined_until: null, timestamps: { queued: NOW, validated: NOW, copied: NOW } });
  const list = (queue: readonly object[], next: string | null) => (_: unknown, query: URLSearchParams): object => (query.has("batch_id") ? { migrations: [], next_cursor: null } : query.has("state") && !query.getAll("state").includes("queued") ? { migrations: [copying], next_cursor: null } : { migrations: queue, next_cursor: next });
  let page = await show(<Migrations />, "migrations", { "GET migrations": list([waiting(1), waiting(2)], null), "GET locations": { locations: [] } });
  expect(page.text()).toContain("Left20BWaits to begin");
  page.close();
  page = await show(<Migrations />, "migrations", { "GET migrations": list(Array.from({ length: 100 }, (_, id) => waiting(id)), "next"), "GET locations": { locations: [] } });
  await page.settle();
  expect(page.text()).toContain("1 move running, 100+ queued");
  expect(page.text()).toContain("Left1001+B");
});

async function watched(answer: object, told: string): Promise<readonly (string | null)[]> {
  const asked: (string | null)[] = [];
  const moves = (_: unknown, query: URLSearchParams): object => (asked.push(query.get("batch_id")), { migrations: [], next_cursor: null });
  const page = await show(<><Recommendations /><Migrations /></>, "", { "GET recommendations": { recommendations: ["r1", "r2"].map(advice), next_cursor: null }, "GET migrations": moves, "GET locations": { locations: [] }, "POST recommendations/apply": answer });
  for (const name of ["r1", "r2"]) await page.click(page.find("checkbox", `Select ${name}.csv`));
  await page.click(page.find("button", "Apply 2 moves…"));
  await page.click(page.find("button", /^Apply and pay/));
  expect(page.text()).toContain(told);
  asked.length = 0;
  await page.click(page.find("button", "Watch"));
  await page.again();
  page.close();
  return asked;
}

test("what was started in one batch is watched there, what was started in several among all of them", async () => {
  expect(await watched(started([2]), "2 moves started20 BWatch")).toContain("b0");
  const asked = await watched(started([1, 1]), "2 moves started20 B in 2 batches");
  expect(asked.length).toBeGreaterThan(0);
  expect(asked).not.toContain("b0");
});
