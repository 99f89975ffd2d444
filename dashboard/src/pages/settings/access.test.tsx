import "../../testing/browser";
import { act } from "react";
import { expect, test } from "vitest";
import type { User, Users } from "../../api/users";
import { nameOf, Refused, show, type Shown } from "../../testing/page";
import Settings from "../Settings";
import { flawsOfLimits, formOf, limitsOf, limitWords, rateWords } from "./limitsWish";

const GB = 2 ** 30;
const NONE = { upload_bytes: null, storage_bytes: null, uploads_per_minute: null, writes_per_minute: null };
const ANN: User = { user: "ann", full_name: "Ann at work", email: "ann@example.com", roles: ["CloudFlowUser"], is_admin: false, has_account: true, is_active: true, files: 12, size_bytes: 3 * GB, seen_at: "2026-11-25T12:00:00Z", sessions: 2, limits: { ...NONE, storage_bytes: 500 * GB } };
const ROOT: User = { ...ANN, user: "root", email: "root@example.com", roles: ["Admin"], is_admin: true, limits: NONE };
const GONE: User = { ...ANN, user: "gone", full_name: "", email: "", roles: [], has_account: false, is_active: false, seen_at: null, sessions: 0, limits: NONE };
const EVERYBODY: Users = { users: [ANN, GONE, ROOT], usual: { upload_bytes: 64 * GB, uploads: "600/minute", writes: "" } };
const ANSWERS = { "GET users": EVERYBODY };

/** Who one is comes first, and with it this page. */
async function open(answers: Record<string, unknown>, query = ""): Promise<Shown> {
  const shown = await show(<Settings />, `settings/access${query}`, answers);
  await shown.settle();
  return shown;
}

test("an administrator sees who is here, what they have and what is other than usual", async () => {
  const page = await open(ANSWERS);
  expect(page.has("link", "Access")).toBe(true);
  for (const words of ["ann@example.com", "3.0 GB", "500 GB in all", "no account", "administrator", "As everybody"]) expect(page.text().replaceAll("\u00a0", " ")).toContain(words);
  expect((page.find("button", "Sign out gone") as HTMLButtonElement).disabled).toBe(true);
});

test("limits are typed as people say them, and what is empty follows the settings", async () => {
  const page = await open({ ...ANSWERS, "PUT users/ann/limits": ANN });
  await page.click(page.find("button", "Limits of ann"));
  expect((page.find("textbox", "All files together") as HTMLInputElement).value).toBe("500");
  expect(document.body.textContent).toContain("Empty: any number, as everybody.");
  await page.type("All files together", "");
  await page.type("One file", "0.5");
  await page.type("Changes", "20");
  await page.click(page.find("button", "Save limits"));
  expect(page.calls.find((call) => call.method === "PUT")).toMatchObject({ path: "users/ann/limits", body: { upload_bytes: GB / 2, storage_bytes: null, uploads_per_minute: null, writes_per_minute: 20 } });
  expect(page.has("button", "Save limits")).toBe(false);
});

test("nothing is sent that makes no sense, and the field says what it wants", async () => {
  const page = await open(ANSWERS);
  await page.click(page.find("button", "Limits of ann"));
  await page.type("Uploads", "0");
  await page.click(page.find("button", "Save limits"));
  expect(page.find("alert", /whole number/).textContent).toContain("take away their role");
  expect(page.calls.filter((call) => call.method === "PUT")).toEqual([]);
});

test("what the API refuses is said in the dialog, and nothing is lost of what was typed", async () => {
  const page = await open({ ...ANSWERS, "PUT users/ann/limits": new Refused(503, "The catalogue does not answer.") });
  await page.click(page.find("button", "Limits of ann"));
  await page.type("One file", "7");
  await page.click(page.find("button", "Save limits"));
  expect(page.find("alert", /does not answer/)).toBeTruthy();
  expect((page.find("textbox", "One file") as HTMLInputElement).value).toBe("7");
});

test("somebody is signed out after a question that says what goes on", async () => {
  const page = await open({ ...ANSWERS, "POST users/ann/sign-out": { user: "ann", sessions: 2 } });
  await page.click(page.find("button", "Sign out ann"));
  expect(document.body.textContent).toContain("Moves that run go on");
  const confirm = [...document.body.querySelectorAll<HTMLElement>("[role=dialog] button")].find((one) => nameOf(one) === "Sign out ann") as HTMLElement;
  await page.click(confirm);
  expect(page.calls.filter((call) => call.method === "POST").map((call) => call.path)).toEqual(["users/ann/sign-out"]);
  expect(document.body.textContent.replaceAll("\u00a0", " ")).toContain("2 sessions ended.");
});

test("who is looked for is found by name, address or role, and nobody is said in words", async () => {
  let page = await open(ANSWERS, "?who=Admin");
  expect([page.has("button", "Limits of root"), page.has("button", "Limits of ann")]).toEqual([true, false]);
  page.close();
  page = await open(ANSWERS, "?who=zzz");
  expect(page.text()).toContain("Nobody fits “zzz”");
  await page.click(page.find("button", "Show everybody"));
  expect(page.has("button", "Limits of ann")).toBe(true);
});

test("somebody else finds neither the page nor its link", async () => {
  const page = await show(<Settings />, "settings/access", { "GET me": { user: "ann", is_admin: false, can_write: true }, "GET users": new Refused(403, "Only an administrator may do this."), "GET credentials": { credentials: [] }, "GET locations": { locations: [] } });
  expect(page.has("link", "Access")).toBe(false);
  expect(page.calls.some((call) => call.path === "users")).toBe(false);
});

test("limits go to the API and back without a change", () => {
  const limits = { upload_bytes: 5 * GB, storage_bytes: 0, uploads_per_minute: 3, writes_per_minute: null };
  expect(limitsOf(formOf(limits))).toEqual(limits);
  expect(flawsOfLimits({ upload: "-1", storage: "many", uploads: "1.5", writes: "" })).toMatchObject({ upload: expect.any(String) as string, storage: expect.any(String) as string, uploads: expect.any(String) as string });
  expect(flawsOfLimits(formOf(limits))).toEqual({});
  expect(limitWords(limits).map((words) => words.replaceAll("\u00a0", " "))).toEqual(["0 B in all", "files up to 5.0 GB", "3 uploads a minute"]);
  expect([rateWords("5/minute;5000/hour"), rateWords("")]).toEqual(["5 a minute and 5,000 an hour", "any number"]);
});

test("who types fast into the search loses no letter", async () => {
  const page = await open(ANSWERS);
  const field = page.find("textbox", /^Find a person/) as HTMLInputElement;
  const own = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
  await act(async () => {
    for (const letter of "gone") {
      own?.set?.call(field, field.value + letter);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    await Promise.resolve();
  });
  expect(field.value).toBe("gone");
});
