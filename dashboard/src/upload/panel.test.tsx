import "../testing/browser";
import { act, type ReactElement } from "react";
import { expect, test, vi } from "vitest";
import { show, type Shown } from "../testing/page";
import { UploadProvider, useUpload } from "./UploadPanel";

const LAKE = { "GET locations": { locations: [{ location_id: "lake" }] } };

async function choose(shown: Shown, ...names: string[]): Promise<void> {
  const input = shown.root.querySelector<HTMLInputElement>('[data-testid="upload-input"]');
  if (!input) throw new Error("nothing to choose files with");
  Object.defineProperty(input, "files", { configurable: true, value: names.map((name) => new File(["abc"], name)) });
  await act(async () => {
    input.dispatchEvent(new Event("change", { bubbles: true }));
    await Promise.resolve();
  });
  await shown.settle();
}

test("files whose upload was not begun are not uploaded with the next ones", async () => {
  const page = await show(<UploadProvider>{null}</UploadProvider>, "files", LAKE);
  await choose(page, "secret.csv");
  await page.click(page.find("button", "Close; uploads go on"));
  await choose(page, "report.csv");
  expect(page.has("button", /^Upload 1 file,/)).toBe(true);
  expect(page.text()).not.toContain("secret.csv");
});

test("a window with uploads under way asks before it is closed", async () => {
  vi.stubGlobal("XMLHttpRequest", class {
    upload = {};
    open(): void { /* as the browser's */ }
    setRequestHeader(): void { /* as above */ }
    send(): void { /* it takes its time */ }
  });
  const isAsked = (): boolean => !window.dispatchEvent(new Event("beforeunload", { cancelable: true }));
  const page = await show(<UploadProvider>{null}</UploadProvider>, "files", LAKE);
  expect(isAsked()).toBe(false);
  await choose(page, "report.csv");
  await page.click(page.find("button", /^Upload 1 file,/));
  expect(isAsked()).toBe(true);
});

interface Brought {
  name: string;
  isDirectory: boolean;
}

async function drop(shown: Shown, ...brought: Brought[]): Promise<boolean> {
  const files = brought.map(({ name }) => new File(["abc"], name));
  const items = brought.map((entry, place) => ({ kind: "file", webkitGetAsEntry: () => entry, getAsFile: () => files[place] }));
  const event = Object.assign(new Event("drop", { cancelable: true }), { dataTransfer: { types: ["Files"], files, items } });
  await act(async () => {
    window.dispatchEvent(event);
    await Promise.resolve();
  });
  await shown.settle();
  return event.defaultPrevented;
}

test("a folder that is dropped is named and left out, and the files beside it are taken", async () => {
  const page = await show(<UploadProvider>{null}</UploadProvider>, "files", LAKE);
  await drop(page, { name: "photos", isDirectory: true }, { name: "report.csv", isDirectory: false });
  expect(page.text()).toContain("photos is a folder");
  expect(page.has("button", /^Upload 1 file,/)).toBe(true);
});

test("a folder alone opens no panel", async () => {
  const page = await show(<UploadProvider>{null}</UploadProvider>, "files", LAKE);
  await drop(page, { name: "photos", isDirectory: true });
  expect(page.text()).toContain("photos is a folder");
  expect(page.has("dialog", "Upload")).toBe(false);
});

function Reopen(): ReactElement {
  return <button type="button" onClick={useUpload().reopen}>Reopen</button>;
}

test("the panel takes files that are dropped, on whichever page it is open", async () => {
  const page = await show(<UploadProvider><Reopen /></UploadProvider>, "alerts", LAKE);
  expect(await drop(page, { name: "a.csv", isDirectory: false })).toBe(false);
  await page.click(page.find("button", "Reopen"));
  expect(await drop(page, { name: "a.csv", isDirectory: false })).toBe(true);
  expect(page.has("button", /^Upload 1 file,/)).toBe(true);
});
