import { laidOut } from "../testing/browser";
import { act, useState, type ReactElement } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { show, type Shown } from "../testing/page";
import { UploadProvider } from "../upload/UploadPanel";
import { FileDrawer } from "./FileDrawer";
import Files from "./Files";
import { started } from "../testing/started";

const FILE = { file_id: "f1", location_id: "lake", name: "reports/a.csv", owner: "team-docs", size_bytes: 10, tier: "warm", tier_reasons: [], tier_since: "2026-11-01T00:00:00Z", first_seen_at: "2026-11-01T00:00:00Z", modified_at: "2026-11-01T00:00:00Z", last_read_at: null, storage_class: "STANDARD", content_type: null, migration_id: null };
const ANSWERS = { "GET files": { files: [FILE], next_cursor: null }, "GET files/count": { files: 1, size_bytes: 10 }, "GET files/f1": FILE, "GET files/f1/accesses": { days: [] }, "GET files/f1/prices": { prices: [] }, "GET migrations": { migrations: [], next_cursor: null }, "GET locations": { locations: [] }, "GET totals": { files: 1, size_bytes: 10, totals: [] } };

afterEach(() => vi.restoreAllMocks());

function shown(path: string): Promise<Shown> {
  return show(<UploadProvider><Files /></UploadProvider>, path, ANSWERS);
}

test("whoever types into the filter beside an open file goes on typing there", async () => {
  const found = await shown("files/f1");
  const field = found.find("textbox", /Part of a path/);
  act(() => field.focus());
  await found.type(field.closest("label")?.textContent ?? "", "rep");
  await act(() => new Promise((resolve) => setTimeout(resolve, 400)));
  expect(document.activeElement).toBe(field);
});

function Opener(): ReactElement {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>a.csv</button>
      {isOpen && <FileDrawer id="f1" onClose={() => setOpen(false)} onMove={() => undefined} />}
    </>
  );
}

test("a file that is closed gives the focus back to its row", async () => {
  const found = await show(<Opener />, "files", ANSWERS);
  const row = found.find("button", "a.csv");
  act(() => row.focus());
  await found.click(row);
  expect(document.activeElement).toBe(found.find("button", "Close"));
  await found.press(document.body, "Escape");
  await found.settle();
  expect(document.activeElement).toBe(row);
});

test("a path is copied, or it is told that the browser does not copy here", async () => {
  const found = await shown("files/f1");
  await found.click(found.find("button", "Copy the path"));
  expect(found.text()).toMatch(/Not copied/);
});

test("files of several places stay where they lie, unless another place is chosen", async () => {
  laidOut();
  const other = { ...FILE, file_id: "f2", location_id: "archive", name: "b.csv" };
  const places = ["archive", "lake"].map((location_id) => ({ location_id, provider: "s3" }));
  const page = await show(<UploadProvider><Files /></UploadProvider>, "files", { ...ANSWERS, "GET files": { files: [FILE, other], next_cursor: null }, "GET locations": { locations: places }, "POST migrations": started([2]) });
  await page.click(page.find("checkbox", "Select reports/a.csv"));
  await page.click(page.find("checkbox", "Select b.csv"));
  await page.click(page.find("button", /^Move 2 files/));
  await page.click(page.find("radio", "Cold"));
  await page.click([...document.body.querySelectorAll<HTMLElement>('[role="dialog"] button')].find((one) => one.textContent.startsWith("Move 2")) as HTMLElement);
  expect(page.calls.find((call) => call.method === "POST")?.body).toEqual({ file_ids: ["f1", "f2"], location_id: null, tier: "cold" });
  expect(page.text()).toContain("2 moves started");
});

async function moved(answer: object): Promise<Shown> {
  laidOut();
  const files = ["f1", "f2", "f3"].map((file_id) => ({ ...FILE, file_id, name: `${file_id}.csv` }));
  const found = await show(<UploadProvider><Files /></UploadProvider>, "files", { ...ANSWERS, "GET files": { files, next_cursor: null }, "POST migrations": answer });
  for (const { name } of files) await found.click(found.find("checkbox", `Select ${name}`));
  await found.click(found.find("button", /^Move 3 files/));
  await found.click([...document.body.querySelectorAll<HTMLElement>('[role="dialog"] button')].find((one) => one.textContent.startsWith("Move 3")) as HTMLElement);
  return found;
}

test("files that were skipped are not told as started, and each reason is named", async () => {
  const found = await moved(started([1], [{ file_id: "f2", reason: "held" }, { file_id: "f3", reason: "gone" }]));
  expect(found.text()).toContain("1 move started");
  expect(found.text()).toContain("1 file skipped: in another move");
  expect(found.text()).toContain("1 file skipped: gone from the catalogue");
});
