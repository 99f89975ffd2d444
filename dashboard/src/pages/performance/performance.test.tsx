import "../../testing/browser";
import { describe, expect, test } from "vitest";
import type { Figures } from "../../api/performance";
import { later, Refused, show } from "../../testing/page";
import Performance from "../Performance";
import { timeTicks } from "./charts";
import { gaugeRows, inOrder, kindsIn, operationName } from "./operations";

const figures = (operation: string, count = 10, failed = 0): Figures => ({ operation, count, failed, size_bytes: 0, p50_ms: 40, p90_ms: 80, p95_ms: 112, p99_ms: 226, slowest_ms: 1800 });
const point = { at: "2026-11-25T12:00:00Z", count: 10, p50_ms: 40, p90_ms: 80, p95_ms: 112, p99_ms: 226, bytes_per_second: 2 ** 20, done: 9, failed: 1 };
const ANSWER = {
  since: "2026-11-24T12:00:00Z",
  until: "2026-11-25T12:00:00Z",
  step_seconds: 900,
  migrations: { done: 9, failed: 1, bytes: 2 ** 30, bytes_per_second: 2 ** 20, success_rate: 0.9 },
  operations: [figures("migrate", 10, 1), figures("copy"), figures("api", 900), figures("api GET /api/v1/files", 800)],
  series: [point, { ...point, at: "2026-11-25T12:15:00Z", p50_ms: null, p90_ms: null, p95_ms: null, p99_ms: null, bytes_per_second: null, count: 0, done: 0, failed: 0 }],
  by_route: [{ name: "lake > archive", ...figures("x") }],
  by_size: [],
  gauges: { "consume-1 kafka_lag mail": 1840 },
};

test("percentiles, throughput and success stand at the top, failures in words", async () => {
  const page = await show(<Performance />, "performance", { "GET performance": ANSWER });
  const strip = page.find("region", "Performance in figures").textContent.replaceAll("\u00a0", " ");
  expect(strip).toContain("226");
  expect(strip).toContain("p90 80 ms");
  expect(strip).toContain("1 failed of 10 moves, 1.0 MB/s");
});

test("a chart can be read as a table, without the steps in which nothing was timed", async () => {
  const page = await show(<Performance />, "performance", { "GET performance": ANSWER });
  const toggle = page.find("button", "View as table");
  expect(toggle.getAttribute("aria-pressed")).toBe("false");
  await page.click(toggle);
  const rows = [...page.root.querySelectorAll(".cf-datatable tbody tr")].map((row) => row.textContent.replaceAll("\u00a0", " "));
  expect(rows).toEqual(["25 Nov 2026, 12:001040 ms80 ms112 ms226 ms"]);
  expect(page.has("button", "View as chart")).toBe(true);
});

test("a row of the table draws its operation, by keyboard too", async () => {
  const page = await show(<Performance />, "performance", { "GET performance": ANSWER });
  await page.click(page.find("button", "Copy"));
  expect(page.find("button", "Copy").getAttribute("aria-pressed")).toBe("true");
  expect((page.find("combobox", "Operation") as HTMLSelectElement).value).toBe("copy");
});

test("what is drawn under the name of an operation is of that operation", async () => {
  const answer = (_: unknown, query: URLSearchParams): unknown => (query.get("operation") === "copy" ? later({ ...ANSWER, series: [] }, 100) : ANSWER);
  const page = await show(<Performance />, "performance", { "GET performance": answer });
  await page.click(page.find("button", "View as table"));
  await page.click(page.find("button", "Copy"));
  expect(page.find("region", "Time taken").textContent).not.toContain("226");
});

test("only administrators are asked for everybody's moves", async () => {
  const page = await show(<Performance />, "performance", { "GET performance": ANSWER, "GET me": { user: "a", is_admin: false, can_write: true } });
  expect(page.calls.some((call) => call.path === "performance/users")).toBe(false);
});

test("a window without anything says so instead of showing zeros", async () => {
  const empty = { ...ANSWER, migrations: { done: 0, failed: 0, bytes: 0, bytes_per_second: null, success_rate: null }, operations: [], series: [], by_route: [], gauges: {} };
  const page = await show(<Performance />, "performance", { "GET performance": empty });
  expect(page.text()).toContain("No move has ended");
  expect(page.text()).toContain("Nothing measured in this time");
  expect(page.text()).not.toContain("0 %");
});

test("a server that counts nothing yet is told from one that fails", async () => {
  let page = await show(<Performance />, "performance", {});
  expect(page.text()).toContain("Performance: not offered by this server");
  page.close();
  page = await show(<Performance />, "performance", { "GET performance": new Refused(503, "The catalogue does not answer.") });
  expect(page.find("alert", /can't be shown/).textContent).toContain("The catalogue does not answer.");
});

describe("names", () => {
  test("of operations are words, of routes their own", () => {
    expect(["migrate", "finish", "api GET /api/v1/files", "mongo find", "api", "rest"].map(operationName)).toEqual(["Whole move", "Clean up", "GET /files", "find", "All routes", "rest"]);
  });

  test("steps keep their order; routes follow their sum, the busiest first", () => {
    const all = [figures("api GET /b", 5), figures("api GET /a", 9), figures("api", 14), figures("copy", 1), figures("migrate", 1)];
    expect(kindsIn(all)).toEqual(["moves", "api"]);
    expect(inOrder(all, "moves").map((one) => one.operation)).toEqual(["migrate", "copy"]);
    expect(inOrder(all, "api").map((one) => one.operation)).toEqual(["api", "api GET /a", "api GET /b"]);
  });

  test("gauges say whose they are, and which is too high", () => {
    expect(gaugeRows({ "consume-1 kafka_lag mail": 1840, "api-1 memory_bytes": 2 ** 20, "api-1 cpu_ratio": 0.14, "x open_files": 3 })).toMatchObject([
      { process: "consume-1", name: "Events not yet read, mail", value: "1,840", isHigh: true },
      { process: "api-1", name: "Memory", value: "1.0\u00a0MB", isHigh: false },
      { name: "CPU", value: "14\u00a0%" },
      { name: "open files", value: "3" },
    ]);
  });
});

test("ticks of times are round in the unit that is shown", () => {
  expect(timeTicks(450)).toEqual([0, 150, 300, 450]);
  expect(timeTicks(12_500)).toEqual([0, 5000, 10_000, 15_000]);
  expect(timeTicks(4 * 60_000)).toEqual([0, 90_000, 180_000, 270_000]);
});
