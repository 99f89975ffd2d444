import "../../testing/browser";
import { act } from "react";
import { describe, expect, test } from "vitest";
import type { CostAnswer, Forecast } from "../../api/costs";
import type { Budget } from "../../api/budgets";
import type { Savings } from "../../api/types";
import { later, Refused, show } from "../../testing/page";
import Costs from "../Costs";
import { budgetWish, flawsOfBudget, NEW_BUDGET, placeOfBudget } from "./budgetForm";
import { change, csvOf, monthlyPace, partRows, pointsOf, realisedShare } from "./costMath";

const COSTS: CostAnswer = {
  since: "2026-11-20",
  until: "2026-11-23",
  usd: 30,
  before_usd: 40,
  days: [
    { day: "2026-11-20", usd: 10, hot_usd: 6, warm_usd: 3, cold_usd: 1, hot_bytes: 600, warm_bytes: 300, cold_bytes: 100 },
    { day: "2026-11-21", usd: 10, hot_usd: 6, warm_usd: 3, cold_usd: 1, hot_bytes: 600, warm_bytes: 300, cold_bytes: 100 },
    { day: "2026-11-23", usd: 10, hot_usd: 5, warm_usd: 3, cold_usd: 2, hot_bytes: 600, warm_bytes: 300, cold_bytes: 100 },
  ],
  groups: [{ name: "hot", usd: 17, before_usd: null, share: 17 / 30, size_bytes: 2 ** 40 }],
  parts: { storage: 27, requests: 3, monitoring: 0 },
};
const SAVINGS: Savings = { open_count: 2, open_bytes: 1, found_per_month: 7, found_once: 1, applied_count: 4, promised_per_month: 20, measured_promise: 10, realised_per_month: 9.6, usd_per_month: 300 };
const BUDGET: Budget = { budget_id: "b1", owner: "team-docs", name: "Documents", of_user: "team-docs", location_id: "lake", prefix: "reports/", limit_usd: 50, tell_at_percent: 100, spent_usd: 40, expected_usd: 60, share: 1.2, state: "over", channels: ["in_app", "email"], enabled: true };
const FORECAST: Forecast = { usd: 64, low_usd: 61, high_usd: 70, with_all_moves_usd: 60, days: [], known_days: 40, needed_days: 28 };
const ANSWERS = { "GET costs": COSTS, "GET recommendations/summary": SAVINGS, "GET costs/budgets": { budgets: [BUDGET] } };

test("money stands with what it is measured by, and a day without a bill stays empty", async () => {
  const page = await show(<Costs />, "costs", ANSWERS);
  const strip = page.find("region", "Costs in figures").textContent.replaceAll("\u00a0", " ");
  expect(strip).toContain("−25 % vs the 4 days before");
  expect(strip).toContain("96 %");
  expect(strip).toContain("$9.60 of $10.00 a month");
  expect(page.text()).toContain("Left empty: 1 day without a bill");
});

test("what is to come stands with its bounds, or with nothing where the past is too short", async () => {
  const strip = () => page.find("region", "Costs in figures").textContent.replaceAll("\u00a0", " ");
  let page = await show(<Costs />, "costs", { ...ANSWERS, "GET costs/forecast": FORECAST });
  expect(strip()).toContain("Next 30 days $64.00, likely $61.00 to $70.00");
  page.close();
  page = await show(<Costs />, "costs", { ...ANSWERS, "GET costs/forecast": { ...FORECAST, usd: null, low_usd: null, high_usd: null } });
  expect(strip()).toContain("The mean of the days worked out");
});

test("the split lives in the address and asks anew", async () => {
  const page = await show(<Costs />, "costs", ANSWERS);
  await page.click(page.find("radio", "Owner"));
  expect(page.find("radio", "Owner").getAttribute("aria-checked")).toBe("true");
  expect(page.calls.filter((call) => call.path === "costs").length).toBeGreaterThan(1);
});

test("a server without daily costs says so, and still shows what was promised", async () => {
  const page = await show(<Costs />, "costs", { "GET recommendations/summary": SAVINGS });
  expect(page.text()).toContain("Daily costs: not offered by this server");
  expect(page.text()).toContain("4 moves applied");
});

test("before the first night nothing is drawn as 0", async () => {
  const page = await show(<Costs />, "costs", { ...ANSWERS, "GET costs": { ...COSTS, usd: 0, before_usd: null, days: [], groups: [], parts: {} } });
  expect(page.text()).toContain("No day was worked out yet");
  expect(page.find("region", "Costs in figures").textContent).not.toContain("$0");
});

test("a split that is on its way shows no rows of the one before under its name", async () => {
  const answer = (_: unknown, query: URLSearchParams): unknown => (query.get("split") === "owner" ? later({ ...COSTS, groups: [{ ...COSTS.groups[0], name: "team-docs" }] }, 100) : { ...COSTS, groups: [{ ...COSTS.groups[0], name: "hot" }] });
  const page = await show(<Costs />, "costs", { ...ANSWERS, "GET costs": answer });
  await page.click(page.find("radio", "Owner"));
  expect(page.find("region", "Where it goes").textContent).not.toContain("hot");
  expect((page.find("button", "CSV") as HTMLButtonElement).disabled).toBe(true);
  await act(() => later(null, 150));
  expect(page.find("region", "Where it goes").textContent).toContain("team-docs");
});

test("savings that could not be asked for leave the rest, and nothing on its way for ever", async () => {
  const page = await show(<Costs />, "costs", { ...ANSWERS, "GET recommendations/summary": new Refused(503, "The catalogue does not answer.") });
  expect(page.find("region", "Costs in figures").querySelector(".MuiSkeleton-root")).toBeNull();
});

test("a budget stands with what was spent and where the month is forecast to end", async () => {
  const page = await show(<Costs />, "costs", ANSWERS);
  const card = page.find("region", "Budgets").textContent.replaceAll("\u00a0", " ");
  expect(card).toContain("Documents in lake/reports/, of team-docs");
  expect(card).toContain("Over$60.00 of $50.00");
  expect(card).toContain("$40.00 so far, 120 % expected at the end of the month");
});

test("a budget is set with what was typed, and asks for what is missing first", async () => {
  const page = await show(<Costs />, "costs", { ...ANSWERS, "GET costs/budgets": { budgets: [] }, "POST costs/budgets": BUDGET, "GET locations": { locations: [] }, "GET me": { user: "team-docs", is_admin: false, can_write: true } });
  await page.click(page.find("button", "Set a budget"));
  await page.click(page.find("button", "Set budget"));
  expect(page.text()).toContain("Dollars, more than 0");
  await page.type("Name", "Documents");
  await page.type("A month may cost", "50");
  await page.click(page.find("button", "Set budget"));
  expect(page.calls.find((call) => call.method === "POST")?.body).toEqual({ name: "Documents", limit_usd: 50, location_id: null, prefix: "", tell_at_percent: 100 });
});

test("a budget is removed after a question, and that it was is told though its line is gone", async () => {
  let known = [BUDGET];
  const remove = (): object => ((known = []), {});
  const page = await show(<Costs />, "costs", { ...ANSWERS, "GET costs/budgets": () => ({ budgets: known }), "DELETE costs/budgets/b1": remove });
  await page.click(page.find("button", "Remove the budget Documents"));
  expect(page.calls.some((call) => call.method === "DELETE")).toBe(false);
  expect(page.text()).toContain("Nobody hears any more that a month is forecast to cost more than $50.00");
  await page.click(page.find("button", "Remove budget"));
  expect(page.text()).toContain('The budget "Documents" was removed');
});

test("a budget without a place is of everything", () => {
  expect(placeOfBudget({ ...BUDGET, location_id: null, prefix: "", of_user: "" })).toBe("everything");
  expect(flawsOfBudget({ ...NEW_BUDGET, name: "x", limit: "5", prefix: "a" }).prefix).toContain("with its slash");
  expect(budgetWish({ ...NEW_BUDGET, name: " x ", limit: "5", locationId: "lake", prefix: "a/" })).toMatchObject({ name: "x", location_id: "lake", prefix: "a/" });
});

describe("figures", () => {
  test("keep gaps where days are missing", () => {
    expect(pointsOf(COSTS).map((point) => Object.keys(point.parts).length)).toEqual([3, 3, 0, 3]);
    expect(monthlyPace(COSTS)).toBeCloseTo((10 * 365) / 12);
    expect(monthlyPace({ ...COSTS, days: [] })).toBeNull();
  });

  test("are unknown, not 0, where there is nothing to compare with", () => {
    expect([change(5, null), change(5, 0), change(5, 4)]).toEqual([null, null, 0.25]);
    expect(realisedShare({ ...SAVINGS, measured_promise: 0 })).toBeNull();
  });

  test("leave out parts that cost nothing, the dearest first", () => {
    expect(partRows(COSTS.parts).map((row) => [row.name, row.share])).toEqual([["Storage", 0.9], ["Requests", 0.1]]);
  });

  test("go into a spreadsheet without becoming formulas", () => {
    const text = csvOf(COSTS, [{ name: '=cmd(),"x"', usd: 1, before_usd: null, share: 1, size_bytes: 2 }], "prefix");
    expect(text.split("\r\n").at(-1)).toBe(`"'=cmd(),""x""",1,,1,2`);
  });
});
