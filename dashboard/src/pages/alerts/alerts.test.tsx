import "../../testing/browser";
import { describe, expect, test } from "vitest";
import type { Alert, Rule } from "../../api/alerts";
import { later, nameOf, Refused, show, tagOf } from "../../testing/page";
import Alerts from "../Alerts";
import { bodyOfRule, flawsOfRule, formOfRule, lasted, newRule, ruleWords, silentUntil, sorted, valueWords, withSignal } from "./signals";

const alert = (alert_id: string, more: Partial<Alert> = {}): Alert => ({ alert_id, rule_id: "r1", owner: "team-docs", name: `Alert ${alert_id}`, about: "team-docs lake", signal: "cost_per_month", level: "warning", state: "firing", value: 612, peak: 640, threshold: 500, shown: "$612.00 a month", began_at: "2026-11-25T10:00:00Z", fired_at: "2026-11-25T10:10:00Z", changed_at: "2026-11-25T10:28:00Z", acknowledged_by: null, escalated_at: null, resolved_at: null, ...more });
const RULE: Rule = { rule_id: "r1", owner: "team-docs", name: "Costs", signal: "cost_per_month", comparison: "above", threshold: 500, clears_at: null, limit: null, lasts_minutes: 10, of_user: null, location_id: "lake", prefix: "", level: "warning", channels: ["in_app"], escalate_after_minutes: null, escalate_to: [], webhook_url: null, enabled: true, silences: [] };
const ANSWERS = { "GET alerts": { alerts: [alert("a"), alert("b", { level: "error" }), alert("c", { state: "resolved", resolved_at: "2026-11-25T10:28:00Z" }), alert("p", { state: "pending" })] }, "GET alerts/rules": { rules: [RULE] }, "GET locations": { locations: [] } };

test("the worst firing alert is open, and what has not lasted long enough is not told", async () => {
  const page = await show(<Alerts />, "alerts", ANSWERS);
  expect(page.text()).toContain("2 firing, 0 acknowledged");
  expect(page.find("region", "Alert b").textContent).toContain("The limit is $500 a month");
  expect(page.text()).not.toContain("Alert p");
});

test("E acknowledges the open alert", async () => {
  const page = await show(<Alerts />, "alerts/a", { ...ANSWERS, "POST alerts/a/acknowledge": alert("a", { state: "acknowledged" }) });
  await page.press(document.body, "e");
  await page.settle();
  expect(page.calls.filter((call) => call.method === "POST").map((call) => call.path)).toEqual(["alerts/a/acknowledge"]);
});

test("a resolved alert offers nothing to acknowledge", async () => {
  const page = await show(<Alerts />, "alerts/c", ANSWERS);
  expect(page.has("button", "Acknowledge")).toBe(false);
  expect(page.text()).toContain("lasted 18 min");
});

test("an alert that fires since another day says since which", async () => {
  const page = await show(<Alerts />, "alerts/a", ANSWERS);
  expect(page.find("region", "Alert a").textContent.replaceAll("\u00a0", " ")).toContain("Firing since25 Nov 2026, 10:10 UTC");
});

test("an alert that is gone is told as that, and no other one is opened in its place", async () => {
  const page = await show(<Alerts />, "alerts/gone", ANSWERS);
  expect(page.text()).toContain("No such alert");
  expect(page.has("button", "Acknowledge")).toBe(false);
});

test("a worse alert that begins to fire does not take the place of the one that is read", async () => {
  let known = [alert("a")];
  const page = await show(<Alerts />, "alerts", { ...ANSWERS, "GET alerts": () => ({ alerts: known }), "POST alerts/a/acknowledge": {} });
  known = [alert("a"), alert("b", { level: "error" })];
  await page.again();
  expect(page.text()).toContain("2 firing");
  await page.click(page.find("button", "Acknowledge"));
  expect(page.calls.filter((call) => call.method === "POST").map((call) => call.path)).toEqual(["alerts/a/acknowledge"]);
});

test("a new rule that comes first in the list does not take the form away from who changes another", async () => {
  let known = [RULE];
  const page = await show(<Alerts />, "alerts/rules", { ...ANSWERS, "GET alerts/rules": () => ({ rules: known }) });
  await page.type("Name", "Costs of documents");
  known = [{ ...RULE, rule_id: "r0", name: "A new one" }, RULE];
  await page.again();
  expect(page.has("link", /A new one/)).toBe(true);
  expect((page.find("textbox", "Name") as HTMLInputElement).value).toBe("Costs of documents");
});

test("without alerts the page says what would happen", async () => {
  const page = await show(<Alerts />, "alerts", { ...ANSWERS, "GET alerts": { alerts: [] } });
  expect(page.text()).toContain("Nothing fires, and nothing did");
});

test("a rule can be tried on the last 30 days before it is kept", async () => {
  const page = await show(<Alerts />, "alerts/rules/new", { ...ANSWERS, "POST alerts/rules/preview": { fired: 3, readings: 800, first_at: null, last_at: null, by_day: { "2026-11-20": 3 }, alerts: [] } });
  await page.type("Limit", "700");
  await page.click(page.find("button", "Try on the last 30 days"));
  expect(page.text()).toContain("Would have fired 3 times in 30 days");
  expect(page.calls.find((call) => call.path === "alerts/rules/preview")?.body).toMatchObject({ signal: "cost_per_month", threshold: 700 });
  await page.type("Limit", "800");
  expect(page.text()).not.toContain("Would have fired");
});

test("a rule without readings promises nothing", async () => {
  const page = await show(<Alerts />, "alerts/rules/r1", { ...ANSWERS, "POST alerts/rules/preview": { fired: 0, readings: 0, first_at: null, last_at: null, by_day: {}, alerts: [] } });
  await page.click(page.find("button", "Try on the last 30 days"));
  expect(page.text()).toContain("Nothing to judge by yet");
});

test("a rule without a name is not sent", async () => {
  const page = await show(<Alerts />, "alerts/rules/new", ANSWERS);
  await page.click(page.find("button", "Add rule"));
  expect(page.text()).toContain("Name it: the mail's subject begins with this");
  expect(page.calls.some((call) => call.method === "POST")).toBe(false);
});

test("who may only look sees rules, and no button that changes them", async () => {
  const page = await show(<Alerts />, "alerts/rules", { ...ANSWERS, "GET me": { user: "guest", is_admin: false, can_write: false } });
  expect(page.has("button", "Save")).toBe(false);
  expect(page.has("button", "Add")).toBe(false);
});

describe("rules", () => {
  test("read as one line", () => {
    expect(ruleWords(RULE)).toBe("Cost in lake over $500 a month, for 10\u00a0min");
    expect(ruleWords({ ...RULE, comparison: "spike", threshold: 3, lasts_minutes: 0, location_id: null })).toBe("Cost over 3 × the usual");
    expect(valueWords("stored_bytes", 2 ** 30 * 1000)).toBe("1,000\u00a0GB");
  });

  test("survive being opened and saved", () => {
    const rule = { ...RULE, signal: "stored_bytes", threshold: 2 ** 40, channels: ["webhook"], webhook_url: "https://x/y", escalate_after_minutes: 30, escalate_to: ["admin", "ops"] } as Rule;
    expect(bodyOfRule(formOfRule(rule))).toEqual({ name: "Costs", signal: "stored_bytes", comparison: "above", threshold: 2 ** 40, clears_at: null, limit: null, lasts_minutes: 10, of_user: null, location_id: "lake", prefix: "", level: "warning", channels: ["webhook"], escalate_after_minutes: 30, escalate_to: ["admin", "ops"], webhook_url: "https://x/y", enabled: true });
  });

  test("are refused where the API would refuse them", () => {
    const form = { ...newRule(), name: "x" };
    expect(flawsOfRule(form, "save")).toEqual({});
    expect(flawsOfRule({ ...form, comparison: "spike", threshold: "1" }, "save").threshold).toBeTruthy();
    expect(flawsOfRule({ ...form, threshold: "-1" }, "save").threshold).toBeTruthy();
    expect(flawsOfRule({ ...form, channels: ["webhook"] }, "save").webhookUrl).toBeTruthy();
    expect(flawsOfRule({ ...form, escalateTo: "admin" }, "save").escalateTo).toBeTruthy();
    expect(withSignal(form, "disk_percent").threshold).toBe("80");
  });

  test("are muted while a silence covers now", () => {
    const rule = { ...RULE, silences: [{ begins_at: "2026-11-25T10:00:00Z", ends_at: "2026-11-25T12:00:00Z", reason: "", by: "a" }] };
    expect(silentUntil(rule, Date.parse("2026-11-25T11:00:00Z"))).toBe("2026-11-25T12:00:00Z");
    expect(silentUntil(rule, Date.parse("2026-11-25T12:00:00Z"))).toBeNull();
  });
});

test("alerts stand by weight, then by age", () => {
  const found = sorted([alert("old"), alert("new", { fired_at: "2026-11-25T10:20:00Z" }), alert("bad", { level: "error" })]);
  expect(found.firing.map((one) => one.alert_id)).toEqual(["bad", "new", "old"]);
  expect(lasted(alert("x", { resolved_at: "2026-11-25T10:28:00Z" }))).toBe("lasted 18\u00a0min");
});

test("a share of a limit below a prefix goes out as it was typed, and comes back so", () => {
  const form = { ...withSignal(newRule(), "stored_bytes"), comparison: "share" as const, threshold: "80", limit: "10", locationId: "lake", prefix: "reports/", name: "Full" };
  const body = bodyOfRule(form);
  expect(body).toMatchObject({ comparison: "share", threshold: 80, limit: 10 * 2 ** 30, location_id: "lake", prefix: "reports/" });
  expect(ruleWords(body)).toBe("Bytes stored in lake/reports/ over 80\u00a0% of 10\u00a0GB");
  expect(formOfRule({ ...RULE, ...body })).toMatchObject({ threshold: "80", limit: "10", prefix: "reports/" });
  expect(flawsOfRule({ ...form, limit: "", prefix: "a/b/" }, "save")).toMatchObject({ limit: "A number above 0", prefix: "The first part of keys with its slash, such as reports/" });
});

test("whoever removes a rule comes back to the rules and is told so", async () => {
  let known = [RULE, { ...RULE, rule_id: "r2", name: "Errors" }];
  const remove = (): object => ((known = known.slice(1)), {});
  const page = await show(<Alerts />, "alerts/rules/r1", { ...ANSWERS, "GET alerts": () => later(ANSWERS["GET alerts"]), "GET alerts/rules": () => ({ rules: known }), "DELETE alerts/rules/r1": remove });
  await page.click(page.find("button", "Remove rule…"));
  await page.click(page.find("button", "Remove rule"));
  await page.settle();
  await page.settle();
  expect(page.text()).toContain('"Costs" was removed');
  expect(page.text()).not.toContain("No such rule");
});

test("holding E acknowledges one alert, once", async () => {
  let known = ANSWERS["GET alerts"].alerts;
  const take = (name: string) => (): object => ((known = known.map((one) => (one.alert_id === name ? { ...one, state: "acknowledged" as const } : one))), {});
  const page = await show(<Alerts />, "alerts", { ...ANSWERS, "GET alerts": () => ({ alerts: known }), "POST alerts/a/acknowledge": take("a"), "POST alerts/b/acknowledge": take("b") });
  const hold = (repeat: boolean): void => void document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "e", repeat, bubbles: true }));
  hold(false);
  hold(true);
  await page.settle();
  await page.settle();
  hold(true);
  await page.settle();
  expect(page.calls.filter((call) => call.method === "POST").map((call) => call.path)).toEqual(["alerts/b/acknowledge"]);
});

test("a rule whose secret is told once is not added a second time", async () => {
  const kept = { rule: { ...RULE, rule_id: "r9" }, webhook_secret: "s3cret-of-r9" };
  const page = await show(<Alerts />, "alerts/rules/new", { ...ANSWERS, "POST alerts/rules": kept });
  await page.type("Name", "Costs");
  await page.click(page.find("button", "Add rule"));
  expect(page.text()).toContain("s3cret-of-r9");
  expect(page.has("button", "Add rule")).toBe(false);
});

test("a change that another one went before is told, and saved again knowingly", async () => {
  let others: Rule | null = { ...RULE, threshold: 900 };
  const put = (body: unknown): object => {
    if (others) return new Refused(412, "it is not what you read any more");
    return { rule: { ...RULE, ...(body as object) }, webhook_secret: null };
  };
  let reads = 0;
  const page = await show(<Alerts />, "alerts/rules/r1", { ...ANSWERS, "GET alerts/rules/r1": () => (reads++ ? { ...RULE, threshold: 900 } : RULE), "PUT alerts/rules/r1": put });
  await page.type("Name", "Mine");
  await page.click(page.find("button", "Save"));
  await page.settle();
  expect(page.text()).toContain("Somebody else changed this after you opened it");
  others = null;
  await page.click(page.find("button", "Save"));
  await page.settle();
  const sent = page.calls.filter((call) => call.method === "PUT");
  expect(sent.map((call) => call.ifMatch)).toEqual([tagOf(JSON.stringify(RULE)), tagOf(JSON.stringify({ ...RULE, threshold: 900 }))]);
  expect(page.text()).toContain('"Mine" was changed');
  expect(page.text()).not.toContain("Somebody else");
});

test("a muted rule is not one that somebody else changed, nor one whose answer was lost", async () => {
  let kept: Rule = RULE;
  let isLost = true;
  const put = (body: unknown): object => {
    kept = { ...kept, ...(body as object) };
    return isLost ? new Refused(502, "No answer") : { rule: kept, webhook_secret: null };
  };
  const page = await show(<Alerts />, "alerts/rules/r1", { ...ANSWERS, "GET alerts/rules/r1": () => kept, "PUT alerts/rules/r1": put });
  kept = { ...RULE, silences: [{ begins_at: "2026-11-25T10:00:00Z", ends_at: "2026-11-25T11:00:00Z", by: "team-docs", reason: "" }] };
  await page.type("Name", "Mine");
  await page.click(page.find("button", "Save"));
  expect(page.text()).toContain("No answer");
  isLost = false;
  await page.click(page.find("button", "Save"));
  await page.settle();
  expect(page.text()).toContain('"Mine" was changed');
});

test("a rule keeps where it ends, set elsewhere, as long as its limit stays", () => {
  const rule = { ...RULE, clears_at: 300 };
  expect(bodyOfRule({ ...formOfRule(rule), name: "Other" }).clears_at).toBe(300);
  expect(bodyOfRule({ ...formOfRule(rule), threshold: "200" }).clears_at).toBeNull();
});

test("the rule that was chosen is the one that is open", async () => {
  const page = await show(<Alerts />, "alerts/rules/r2", { ...ANSWERS, "GET alerts/rules": { rules: [RULE, { ...RULE, rule_id: "r2", name: "Errors" }] } });
  expect(page.has("heading", "Errors")).toBe(true);
  expect(page.has("heading", "Costs")).toBe(false);
  await page.click(page.find("button", "Remove rule…"));
  expect(page.text()).toContain('Remove "Errors"?');
});

test("a rule that is to be removed has its name, not the one that is being typed", async () => {
  const page = await show(<Alerts />, "alerts/rules/r1", ANSWERS);
  await page.type("Name", "Something else");
  await page.click(page.find("button", "Remove rule…"));
  expect(page.text()).toContain('Remove "Costs"?');
});

test("a button can be called by what stands on it", async () => {
  const page = await show(<Alerts />, "alerts/a", ANSWERS);
  const button = page.find("button", /^Mute/);
  expect(nameOf(button)).toContain(button.textContent);
});

test("a rule that is gone is told as that", async () => {
  const page = await show(<Alerts />, "alerts/rules/r9", ANSWERS);
  expect(page.text()).toContain("No such rule");
});
