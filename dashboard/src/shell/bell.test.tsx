import "../testing/browser";
import { afterEach, expect, test } from "vitest";
import { show, type Shown } from "../testing/page";
import { Bell } from "./Bell";
import { isShortcut } from "./keys";

let page: Shown | null = null;
afterEach(() => {
  page?.close();
  page = null;
});

const notice = (id: number): object => ({ notification_id: `n${id}`, kind: "upload", level: "info", title: `Upload ${id}`, text: "", path: "files", count: 1, created_at: "2026-11-25T10:00:00Z", changed_at: "2026-11-25T10:00:00Z", read_at: null });
const FULL = { notifications: Array.from({ length: 30 }, (_, id) => notice(id)), unread: 75, next_cursor: "next" };

test("more notifications than are listed can be marked as read at once", async () => {
  page = await show(<Bell />, "", { "GET notifications": FULL, "POST notifications/read": { marked: 75, unread: 0 } });
  await page.click(page.find("button", "Notifications, 75 unread"));
  await page.click(page.find("button", "Mark all as read"));
  expect(page.calls.find((call) => call.method === "POST")?.body).toEqual({ until: "2026-11-25T10:00:00Z" });
});

test("no key does something below the open bell", async () => {
  page = await show(<Bell />, "", { "GET notifications": FULL });
  const key = (): boolean => isShortcut(new KeyboardEvent("keydown", { key: "e" }));
  expect(key()).toBe(true);
  await page.click(page.find("button", "Notifications, 75 unread"));
  expect(key()).toBe(false);
});
