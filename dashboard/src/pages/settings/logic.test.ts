import { describe, expect, test } from "vitest";
import type { PriceBook, PriceLine } from "../../api/prices";
import { EMPTY, flawsOf, formOf, wishOf, withProvider } from "./connectionWish";
import { everyWords } from "./cronWords";
import { flawsOfPlace, idFor } from "./placeWish";
import { bandWords, cellOf, perWords, plainUsd, shelvesOf } from "./priceMath";

describe("a connection", () => {
  const good = { ...EMPTY, name: "lake", account: "AKIA1", secret: " s3cret\n", bucket: "b" };

  test("is sent as the API wants it, without what was left empty", () => {
    expect(wishOf({ ...good, region: "eu-west-1" })).toEqual({ credential_id: "lake", provider: "s3", endpoint_url: null, region: "eu-west-1", account: "AKIA1", secret: { secret_access_key: "s3cret" } });
    expect(wishOf({ ...good, sessionToken: "t" }).secret).toEqual({ secret_access_key: "s3cret", session_token: "t" });
    expect(wishOf({ ...good, provider: "azure", method: "sas" }).secret).toEqual({ sas: "s3cret" });
    expect(wishOf({ ...good, provider: "gcs", method: "none" }).secret).toEqual({});
  });

  test("needs a bucket for its test, not for being kept", () => {
    expect(flawsOf({ ...good, bucket: "" }, "save")).toEqual({});
    expect(Object.keys(flawsOf({ ...good, bucket: "" }, "test"))).toEqual(["bucket"]);
  });

  test("goes without a key only to an endpoint of its own", () => {
    const open = { ...good, provider: "gcs", method: "none", account: "", secret: "" } as const;
    expect(Object.keys(flawsOf(open, "test"))).toEqual(["endpoint"]);
    expect(flawsOf({ ...open, endpoint: "https://store.example" }, "test")).toEqual({});
  });

  test.each(["ftp://x", "https://user:pw@x", "https://x?y=1", "x"])("refuses the endpoint %s", (endpoint) => {
    expect(flawsOf({ ...good, endpoint }, "test").endpoint).toBeTruthy();
  });

  test.each([["{", /not JSON/], ['{"type":"user"}', /not the key file/], ["null", /not the key file/]])("refuses the key file %s", (secret, why) => {
    expect(flawsOf({ ...good, provider: "gcs", method: "service_account", secret }, "test").secret).toMatch(why);
  });

  test("forgets what another cloud does not know, its secret first of all", () => {
    expect(withProvider({ ...good, region: "eu-west-1" }, "azure")).toEqual({ ...EMPTY, name: "lake", provider: "azure", method: "account_key", bucket: "b" });
  });

  test("is opened again without its secret", () => {
    const form = formOf({ credential_id: "lake", provider: "s3", owner: "a", endpoint_url: null, region: null, account: "AKIA1", location_ids: [] });
    expect([form.secret, form.account]).toEqual(["", "AKIA1"]);
  });
});

test("a location gets a name from where it lies", () => {
  expect(idFor("lake-prod", "raw/2026/")).toBe("lake-prod-2026");
  expect(idFor("", "")).toBe("");
  expect(flawsOfPlace({ name: "lake", bucket: "s3://lake", prefix: "/raw" })).toEqual({ bucket: expect.stringContaining("no s3://") as string, prefix: expect.stringContaining("without a slash") as string });
});

test.each([
  ["0 * * * *", "Every hour"],
  ["20 * * * *", "Every hour, at :20"],
  ["*/5 * * * *", "Every 5 min"],
  ["30 6 * * *", "Every day, 06:30"],
  ["0 7 * * 1", "Every Monday, 07:00"],
  ["0 7 1-7 * 1", "0 7 1-7 * 1"],
  ["5-59/10 * * * *", "Every 10 min"],
  ["Asset or 50 3 * * *", "After news, or every day, 03:50"],
  [null, "When asked"],
])("the schedule %s reads %s", (cron, words) => {
  expect(everyWords(cron)).toBe(words);
});

describe("prices", () => {
  const line = (more: Partial<PriceLine>): PriceLine => ({ storage_class: "STANDARD", meter: "storage", option: "", usd: "0.023", per: 1, up_to: null, unit: "GB-month", source: "A1", seen: "2026-09-19", ...more });
  const bands = [line({ up_to: 51_200 }), line({ usd: "0.022", up_to: 512_000 }), line({ usd: "0.021" })];
  const book = { lines: [...bands, line({ meter: "read", usd: "0.0004", per: 1000, unit: "request" })] } as unknown as PriceBook;

  test("keep every published digit and never an exponent", () => {
    expect([plainUsd("0.023"), plainUsd("5"), plainUsd("4E-7"), plainUsd("0.0004"), plainUsd("1234.5")]).toEqual(["0.023", "5.00", "0.0000004", "0.0004", "1,234.50"]);
  });

  test("say what they are for", () => {
    expect(perWords({ per: 1000, unit: "request" })).toBe("per 1,000 requests");
    expect(perWords({ per: 1, unit: "GB-month" })).toBe("per GB a month");
  });

  test("put the bands of one price together", () => {
    expect(shelvesOf(book, null).map((shelf) => shelf.lines.length)).toEqual([3, 1]);
    expect(bands.map((_, place) => bandWords(bands, place))).toEqual(["first 51,200 GB", "up to 512,000 GB", "above 512,000 GB"]);
  });

  test("show a dash for what has no line, never 0", () => {
    expect([cellOf(book, "STANDARD", "storage"), cellOf(book, "STANDARD", "retrieval")]).toEqual(["$0.023", "–"]);
  });
});
