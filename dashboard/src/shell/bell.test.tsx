import "../testing/browser";
import { expect, test } from "vitest";
import { Refused, show } from "../testing/page";
import { Bell } from "./Bell";
import { Palette } from "./Palette";
import { isShortcut } from "./keys";

const notice = (id: number): object => ({ notification_id: `n${id}`, kind: "upload", level: "info", title: `Upload ${id}`, text: "", path: "files", count: 1, created_at: "2026-11-25T10:00:00Z", changed_at: "2026-11-25T10:00:00Z", read_at: null });
const FULL = { notifications: Array.from({ length: 30 }, (_, id) => notice(id)), unread: 75, next_cursor: "next" };

test("more notifications than are listed can be marked as read at once", async () => {
  const page = await show(<Bell />, "", { "GET notifications": FULL, "POST notifications/read": { marked: 75, unread: 0 } });
  await page.click(page.find("button", "Notifications, 75 unread"));
  await page.click(page.find("button", "Mark all as read"));
  expect(page.calls.find((call) => call.method === "POST")?.body).toEqual({ until: "2026-11-25T10:00:00Z" });
});

test("a bell that was heard has no number in it any more, seen or not", async () => {
  let unread = 75;
  const page = await show(<Bell />, "", { "GET notifications": () => ({ ...FULL, unread }), "POST notifications/read": () => ({ marked: 75, unread: (unread = 0) }) });
  expect(page.find("button", "Notifications, 75 unread").textContent).toBe("75");
  await page.click(page.find("button", "Notifications, 75 unread"));
  await page.click(page.find("button", "Mark all as read"));
  await page.settle();
  const bell = document.body.querySelector('[aria-label="Notifications"][aria-haspopup]');
  expect(bell?.textContent).toBe("");
});

test("no key does something below the open bell", async () => {
  const page = await show(<Bell />, "", { "GET notifications": FULL });
  const key = (): boolean => isShortcut(new KeyboardEvent("keydown", { key: "e" }));
  expect(key()).toBe(true);
  await page.click(page.find("button", "Notifications, 75 unread"));
  expect(key()).toBe(false);
});

const FILE = { file_id: "f1", location_id: "lake", name: "reports/a.csv", tier: "warm" };
const patience = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 300));

test("one letter finds no files, and leaves none of an earlier search", async () => {
  const page = await show(<Palette open onClose={() => undefined} />, "", { "GET files": { files: [FILE] }, "GET locations": { locations: [] } });
  await page.type("Search or jump to", "rep");
  await patience();
  await page.settle();
  expect(page.text()).toContain("a.csv");
  await page.type("Search or jump to", "r");
  await patience();
  await page.settle();
  expect(page.text()).not.toContain("a.csv");
  expect(page.text()).not.toContain("No file");
});

test("files that are found do not take the place of the page that Enter goes to", async () => {
  const page = await show(<Palette open onClose={() => undefined} />, "", { "GET files": { files: [FILE] }, "GET locations": { locations: [] } });
  const chosen = (): string | null | undefined => document.body.querySelector('[role="option"][aria-selected="true"]')?.textContent;
  await page.type("Search or jump to", "re");
  expect(chosen()).toBe("Recommendations");
  await patience();
  await page.settle();
  expect(page.text()).toContain("a.csv");
  expect(chosen()).toBe("Recommendations");
});

test("a search for files that failed is told as that", async () => {
  const page = await show(<Palette open onClose={() => undefined} />, "", { "GET files": new Refused(503, "The catalogue does not answer."), "GET locations": { locations: [] } });
  await page.type("Search or jump to", "rep");
  await patience();
  await page.settle();
  expect(page.text()).toContain("The catalogue does not answer.");
});
