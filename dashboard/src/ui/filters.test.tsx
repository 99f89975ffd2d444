import { describe, expect, it, vi } from "vitest";
import "../testing/browser";
import { show } from "../testing/page";

vi.mock("../ui/useWidth", () => ({ useWidth: () => "narrow" }));
const { FileFilters } = await import("../pages/FileFilters");

const ANSWERS = { "GET locations": { locations: [{ location_id: "lake" }] }, "GET files/count": { files: 12, size_bytes: 100 } };

describe("the filters on a phone", () => {

  it("are one button that opens a sheet with all of them, and counts those that are set", async () => {
    const page = await show(<FileFilters />, "files/?tier=cold", ANSWERS);
    expect(page.has("button", /^Tier/)).toBe(false);
    await page.click(page.find("button", "Filters 1"));

    expect(page.find("radio", "Cold").getAttribute("aria-checked")).toBe("true");
    await page.click(page.find("radio", "lake"));

    expect(page.has("button", "Show 12 files")).toBe(true);
    await page.click(page.find("button", "Clear all"));
    expect(page.find("radio", "Cold").getAttribute("aria-checked")).toBe("false");
  });
});
