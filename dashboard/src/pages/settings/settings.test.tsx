import "../../testing/browser";
import { describe, expect, test } from "vitest";
import { later, nameOf, Refused, show, tagOf, type Shown } from "../../testing/page";
import Settings from "../Settings";

const LAKE = { credential_id: "lake-prod", provider: "s3", owner: "team-docs", endpoint_url: null, region: "eu-west-1", account: "AKIA1", location_ids: ["lake"] };
const PLACE = { location_id: "lake", provider: "s3", bucket: "lake-bucket", prefix: "", credential_id: "lake-prod", owner: "team-docs", may_change: true };
const PLACES = { "GET credentials": { credentials: [LAKE] }, "GET locations": { locations: [PLACE] } };

test("someone new is told what connecting a cloud brings, and where to begin", async () => {
  const page = await show(<Settings />, "settings/connections", { "GET credentials": { credentials: [] }, "GET locations": { locations: [] } });
  expect(page.text()).toContain("Nothing moves until you apply a recommendation");
  await page.click(page.find("button", "Connect a cloud…"));
  expect(page.has("heading", "New connection")).toBe(true);
});

test("nothing is sent while fields are missing, and each says what it wants", async () => {
  const page = await show(<Settings />, "settings/connections/new", PLACES);
  await page.click(page.find("button", "Test and save"));
  expect(page.text()).toContain("The access key ID is missing");
  expect(page.calls.filter((call) => call.method === "POST")).toEqual([]);
  const field = page.find("textbox", "Access key ID");
  expect(field.getAttribute("aria-invalid")).toBe("true");
  const told = document.getElementById(field.getAttribute("aria-describedby") ?? "");
  expect(told?.textContent).toBe("The access key ID is missing");
});

async function fill(shown: Shown): Promise<void> {
  await shown.type("Name", "archive");
  await shown.type("Access key ID", "AKIA2");
  await shown.type("Secret access key", "s3cret");
  await shown.type("Bucket to test with", "backups");
}

test("a connection is tested first and kept only if the test passes", async () => {
  const page = await show(<Settings />, "settings/connections/new", { ...PLACES, "POST credentials/test": { ok: true, detail: null }, "POST credentials": LAKE });
  await fill(page);
  await page.click(page.find("button", "Test and save"));
  const written = page.calls.filter((call) => call.method === "POST");
  expect(written.map((call) => call.path)).toEqual(["credentials/test", "credentials"]);
  expect(written[0]?.body).toMatchObject({ test_bucket: "backups", secret: { secret_access_key: "s3cret" } });
});

test("a failed test says what is missing, keeps nothing, and leaves the choice", async () => {
  const page = await show(<Settings />, "settings/connections/new", { ...PLACES, "POST credentials/test": { ok: false, detail: "grant s3:ListBucket on it" }, "POST credentials": LAKE });
  await fill(page);
  await page.click(page.find("button", "Test and save"));
  expect(page.text()).toContain("grant s3:ListBucket on it");
  expect(page.calls.some((call) => call.path === "credentials")).toBe(true);
  expect(page.calls.filter((call) => call.method === "POST" && call.path === "credentials")).toEqual([]);
  await page.click(page.find("button", "Save without the test"));
  expect(page.calls.filter((call) => call.method === "POST" && call.path === "credentials")).toHaveLength(1);
});

test("clouds are chosen with the arrow keys, and only the chosen one takes the focus", async () => {
  const page = await show(<Settings />, "settings/connections/new", PLACES);
  const group = page.find("radiogroup", "Cloud");
  const cards = [...group.querySelectorAll<HTMLElement>('[role="radio"]')];
  expect(cards.map((card) => card.tabIndex)).toEqual([0, -1, -1]);
  await page.press(cards[0] as HTMLElement, "ArrowRight");
  expect(cards.map((card) => card.getAttribute("aria-checked"))).toEqual(["false", "true", "false"]);
  expect(document.activeElement).toBe(cards[1]);
  expect(page.has("textbox", "Storage account")).toBe(true);
});

test("a secret is never filled in again, and its field hides what is typed", async () => {
  const page = await show(<Settings />, "settings/connections/lake-prod", PLACES);
  expect(page.text()).toContain("Stored encrypted, never shown again");
  await page.click(page.find("button", "Replace the key…"));
  const secret = page.find("textbox", "Secret access key") as HTMLInputElement;
  expect([secret.type, secret.value]).toEqual(["password", ""]);
});

test("a connection that locations rest on cannot be removed", async () => {
  const page = await show(<Settings />, "settings/connections/lake-prod", PLACES);
  await page.click(page.find("button", "Remove connection…"));
  expect(page.text()).toContain("1 location rests on it");
  expect((page.find("button", "Remove lake-prod") as HTMLButtonElement).disabled).toBe(true);
});

test("every button of a location says which one it means", async () => {
  const page = await show(<Settings />, "settings/connections/lake-prod", { ...PLACES, "POST locations/lake/test": { ok: false, detail: "The bucket is not there." } });
  await page.click(page.find("button", "Test lake"));
  expect(page.find("alert", /not there/).textContent).toContain("The bucket is not there.");
  expect(page.has("button", "Scan now, lake")).toBe(true);
});

test("an account that may only look sees no buttons that change anything", async () => {
  const page = await show(<Settings />, "settings/connections", { ...PLACES, "GET locations": { locations: [{ ...PLACE, may_change: false }] }, "GET me": { user: "guest", is_admin: false, can_write: false } });
  const names = [...page.root.querySelectorAll("button")].map(nameOf);
  expect(names.filter((name) => /add|remove|replace|scan|test/i.test(name))).toEqual([]);
  expect(page.text()).toContain("This account may look, not change");
  expect(page.has("link", "Access")).toBe(false);
});

test("a server without an answer is told as that, not as an empty list", async () => {
  const page = await show(<Settings />, "settings/notifications", {});
  expect(page.text()).toContain("not offered by this server");
});

test("what the API refuses stands in the card it concerns, with its request", async () => {
  const page = await show(<Settings />, "settings/prices", { "GET prices": new Refused(503, "The catalogue does not answer.") });
  expect(page.find("alert", /Prices can't be shown/).textContent).toContain("request-1");
});

test("mail settings count their changes and send all of them", async () => {
  const wishes = { paces: { migration: "at_once", upload: "off", classes: "daily", recommendation: "daily", alert: "at_once", policy: "at_once" }, daily_hour: 7 };
  const kept = { ...wishes, address: "team-docs@example.com" };
  const page = await show(<Settings />, "settings/notifications", { "GET me/notification-settings": kept, "PUT me/notification-settings": kept });
  const group = page.find("radiogroup", "Mail about uploads");
  await page.click([...group.querySelectorAll<HTMLElement>("button")].find((one) => one.textContent === "Hourly") as HTMLElement);
  expect(page.text()).toContain("1 unsaved change");
  await page.click(page.find("button", "Save"));
  expect(page.calls.find((call) => call.method === "PUT")?.body).toEqual({ ...wishes, paces: { ...wishes.paces, upload: "hourly" } });
});

const POLICY = { policy_id: "p1", owner: "team-docs", name: "Old reports go cold", kind: "idle", location_id: null, prefix: "reports/", idle_days: 60, most_reads: null, destination_location: null, destination_tier: "cold", pays_back_days: 30, limits: { files: 1000, size_bytes: 2 ** 40, usd: 50 }, enabled: true };

test("a rule's dry run says how much would move and what each file's reason is", async () => {
  const found = { files: 2, size_bytes: 2 ** 30, once_usd: 0.4, saves_per_month: 1.2, asks: ["files"], counts: {}, decisions: [{ file_id: "f", location_id: "lake", name: "reports/a.csv", size_bytes: 1, moves: false, why: "stays: untouched for 12 days, the policy asks for 60" }] };
  const page = await show(<Settings />, "settings/rules", { ...PLACES, "GET policies": { policies: [POLICY] }, "POST policies/preview": found });
  await page.type("Untouched for", "90");
  await page.click(page.find("button", "Dry run"));
  expect(page.text()).toContain("Would move 2 files, 1.0 GB");
  expect(page.text()).toContain("Asks first: over the limit of files");
  expect(page.text()).toContain("stays: untouched for 12 days");
  expect(page.calls.find((call) => call.path === "policies/preview")?.body).toMatchObject({ idle_days: 90, limits: { files: 1000 } });
  expect(page.calls.some((call) => call.method === "PUT")).toBe(false);
});

test("what was checked before anything was learnt is told, with a link to the page about it", async () => {
  const check = { suite: "training", checked_at: "2026-11-26T05:11:39Z", passed: false, path: "validations/training/a/b/c.html" };
  const page = await show(<Settings />, "settings/schedules", { "GET data-checks": { checks: [check] } });
  expect(page.text()).toContain("Did not pass");
  const link = page.find("link", "Data Docs of What a training learns from") as HTMLAnchorElement;
  expect(link.href).toContain("cloudflow/api/v1/data-checks/pages/validations/training/a/b/c.html");
});

test("mail settings say that they were saved", async () => {
  const paces = { migration: "at_once", upload: "off", classes: "daily", recommendation: "daily", alert: "at_once", policy: "at_once" };
  let kept = { paces, daily_hour: 7, address: "team-docs@example.com" };
  const save = (): object => (kept = { ...kept, daily_hour: 9 });
  const page = await show(<Settings />, "settings/notifications", { "GET me/notification-settings": () => kept, "PUT me/notification-settings": save, "GET me/mails": () => later({ mails: [] }) });
  await page.type("When the daily mail comes", "9");
  await page.click(page.find("button", "Save"));
  await page.settle();
  await page.settle();
  await page.settle();
  expect(page.text()).toContain("Mail settings saved");
});

test("a number of a rule can be emptied and typed anew, and nothing is saved while it is missing", async () => {
  const page = await show(<Settings />, "settings/rules/p1", { ...PLACES, "GET policies": { policies: [POLICY] }, "GET policies/p1": POLICY, "PUT policies/p1": POLICY });
  await page.type("Untouched for", "");
  expect((page.find("textbox", "Untouched for") as HTMLInputElement).value).toBe("");
  await page.click(page.find("button", "Save"));
  expect(page.text()).toContain("Type a number from 1 on");
  expect(page.calls.filter((call) => call.method === "PUT")).toEqual([]);
  await page.type("Untouched for", "30");
  await page.click(page.find("button", "Save"));
  expect(page.calls.find((call) => call.method === "PUT")?.body).toMatchObject({ idle_days: 30 });
});

test("what somebody else made of a rule meanwhile is not overwritten unseen", async () => {
  let kept = POLICY;
  const put = (body: unknown): object => (kept = { ...kept, ...(body as object) });
  const page = await show(<Settings />, "settings/rules/p1", { ...PLACES, "GET policies": () => ({ policies: [kept] }), "GET policies/p1": () => kept, "PUT policies/p1": put });
  const read = JSON.stringify(kept);
  await page.type("Untouched for", "30");
  await page.click(page.find("button", "Save"));
  expect(page.calls.find((call) => call.method === "PUT")).toMatchObject({ ifMatch: tagOf(read), body: { idle_days: 30 } });

  kept = { ...kept, name: "Of a colleague" };
  await page.type("Untouched for", "45");
  await page.click(page.find("button", "Save"));
  await page.settle();
  expect(page.find("alert", /^Somebody else changed this after you opened it/)).toBeTruthy();
  expect(kept).toMatchObject({ name: "Of a colleague", idle_days: 30 });
  await page.click(page.find("button", "Show theirs"));
  expect((page.find("textbox", "Name") as HTMLInputElement).value).toBe("Of a colleague");
  expect(page.has("alert", /./)).toBe(false);
  await page.type("Untouched for", "45");
  await page.click(page.find("button", "Save"));
  await page.settle();
  expect(kept).toMatchObject({ name: "Of a colleague", idle_days: 45 });
});

test("a limit below a gigabyte is shown and saved as it is", async () => {
  const small = { ...POLICY, limits: { ...POLICY.limits, size_bytes: 2 ** 28 } };
  const page = await show(<Settings />, "settings/rules/p1", { ...PLACES, "GET policies": { policies: [small] }, "GET policies/p1": small, "PUT policies/p1": small });
  expect((page.find("textbox", "And at most") as HTMLInputElement).value).toBe("0.25");
  await page.type("And at most", "0.4");
  await page.click(page.find("button", "Save"));
  expect(page.calls.find((call) => call.method === "PUT")?.body).toMatchObject({ limits: { size_bytes: Math.round(0.4 * 2 ** 30) } });
});

test("whoever removes a rule comes back to the rules, however fast they are asked for again", async () => {
  let known = [POLICY, { ...POLICY, policy_id: "p2", name: "Others" }];
  const remove = (): object => ((known = known.slice(1)), {});
  const page = await show(<Settings />, "settings/rules/p1", { ...PLACES, "GET policies": () => ({ policies: known }), "DELETE policies/p1": remove });
  await page.click(page.find("button", "Remove rule…"));
  await page.click(page.find("button", "Remove rule"));
  await page.settle();
  expect(page.text()).not.toContain("No such rule");
  expect(page.text()).toContain("was removed");
});

test("a new rule that comes first in the list does not take the form away from who changes another", async () => {
  let known = [POLICY];
  const page = await show(<Settings />, "settings/rules", { ...PLACES, "GET policies": () => ({ policies: known }) });
  await page.type("Name", "Reports go cold");
  known = [{ ...POLICY, policy_id: "p0", name: "A new one" }, POLICY];
  await page.again();
  expect((page.find("textbox", "Name") as HTMLInputElement).value).toBe("Reports go cold");
});

test("a connection that comes first in the list does not take the form away from who replaces a key", async () => {
  let known = [LAKE];
  const page = await show(<Settings />, "settings/connections", { ...PLACES, "GET credentials": () => ({ credentials: known }) });
  await page.click(page.find("button", "Replace the key…"));
  await page.type("Secret access key", "s3cret");
  known = [{ ...LAKE, credential_id: "a-new-one" }, LAKE];
  await page.again();
  expect((page.find("textbox", "Secret access key") as HTMLInputElement).value).toBe("s3cret");
});

describe("the price lines", () => {
  const line = (storage_class: string, source: string) => ({ storage_class, meter: "storage", option: "", usd: "0.023", per: 1, up_to: null, unit: "GB-month", source, seen: "2026-09-19" });
  const lines = [line("STANDARD", "of the class"), line("", "of the account")];
  const classes = [{ name: "STANDARD", instant: true, managed: false, minimum_days: 0 }];
  const books = [{ name: "aws", provider: "s3", region: "eu", unit_name: "GB", unit_bytes: 2 ** 30, sources: {}, classes, lines }];

  test.each([
    ["", "*", 2],
    ["?class=STANDARD", "STANDARD", 1],
    ["?class=account", "account", 1],
    ["?class=NEARLINE", "*", 2], // which this book does not know
  ])("of settings/prices%s are those of %s", async (query, choice, count) => {
    const page = await show(<Settings />, `settings/prices${query}`, { "GET prices": { books } });
    expect((page.find("combobox", "Storage class") as HTMLSelectElement).value).toBe(choice);
    expect(page.root.querySelectorAll('[aria-label="Price lines"] tbody tr')).toHaveLength(count);
  });
});

test("a scan that did not begin is told, although the form it was offered by is gone", async () => {
  const page = await show(<Settings />, "settings/connections/lake-prod", { ...PLACES, "POST locations": PLACE, "POST locations/b2/scan": new Refused(503, "Airflow does not answer.") });
  await page.click([...page.root.querySelectorAll("button")].filter((one) => one.textContent === "Add")[1] as HTMLElement);
  await page.type("Bucket", "b2");
  await page.click(page.find("button", "Add location"));
  await page.settle();
  await page.click(page.find("button", "Scan now"));
  expect(page.text()).toContain("b2 is not scanned");
  expect(page.text()).toContain("Airflow does not answer.");
});

test("a rule runs as it was saved, and not while it is being changed", async () => {
  const page = await show(<Settings />, "settings/rules/p1", { ...PLACES, "GET policies": { policies: [POLICY] } });
  const run = (): HTMLButtonElement => page.find("button", "Run now") as HTMLButtonElement;
  expect(run().disabled).toBe(false);
  await page.type("And at most", "1");
  expect(run().disabled).toBe(true);
  expect(page.text()).toContain("Save it to run it");
});
