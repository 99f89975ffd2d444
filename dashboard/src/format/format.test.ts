import { describe, expect, it } from "vitest";
import * as f from "./format";

const NB = "\u00a0";

describe("bytes", () => {
  it("count in powers of 1024, as clouds bill", () => expect(f.bytes(2 ** 30)).toBe(`1.0${NB}GB`));
  it("keep three digits", () => expect(f.bytes(186.4 * 2 ** 30)).toBe(`186${NB}GB`));
  it("keep a fourth digit where asked", () => expect(f.bytes(186.4 * 2 ** 30, true)).toBe(`186.4${NB}GB`));
  it("are whole below 1 KB", () => expect(f.bytes(900)).toBe(`900${NB}B`));
  it("never read 1024 of a unit", () => expect(f.bytes(2 ** 20 - 1)).toBe(`1.0${NB}MB`));
  it("of nothing are 0, of the unknown a dash", () => expect([f.bytes(0), f.bytes(null)]).toEqual([`0${NB}B`, f.DASH]));
  it("say a shared unit once", () => expect(f.bytesOf(4.1 * 2 ** 40, 6.6 * 2 ** 40)).toBe(`4.1 of 6.6${NB}TB`));
  it("say both units where they differ", () => expect(f.bytesOf(2 ** 20, 2 ** 30)).toBe(`1.0${NB}MB of 1.0${NB}GB`));
});

describe("money", () => {
  it("has no cents from $100 on", () => expect(f.money(8705.4)).toBe("$8,705"));
  it("has cents in rows", () => expect(f.money(612.4, true)).toBe("$612.40"));
  it("has cents below $100", () => expect(f.money(91.2)).toBe("$91.20"));
  it("never rounds something to nothing", () => expect(f.money(0.004)).toBe("<$0.01"));
  it("uses a real minus", () => expect(f.money(-41.2, true)).toBe("\u2212$41.20"));
  it("of nothing is $0.00, of the unknown a dash", () => expect([f.money(0), f.money(undefined)]).toEqual(["$0.00", "–"]));
});

describe("shares", () => {
  it("have a space before the sign", () => expect(f.percent(0.96)).toBe(`96${NB}%`));
  it("keep two digits when small", () => expect(f.percent(0.0002)).toBe(`0.02${NB}%`));
  it("never round something to nothing", () => expect([f.percent(0.00001), f.percent(-0.00001)]).toEqual([`<0.01${NB}%`, `>\u22120.01${NB}%`]));
  it("never round one failure away", () => expect(f.percent(0.99996)).toBe(`99.9${NB}%`));
});

describe("time", () => {
  const now = Date.parse("2026-11-23T14:32:07.418Z");
  it("is told in milliseconds below a second", () => expect(f.millis(226.4)).toBe(`226${NB}ms`));
  it("then in seconds", () => expect(f.millis(8400)).toBe(`8.4${NB}s`));
  it("then in minutes, then in hours and minutes", () =>
    expect([f.duration(120), f.duration(4320), f.duration(59.6 * 60)]).toEqual([`2${NB}min`, `1${NB}h 12${NB}min`, `1${NB}h`]));
  it("lies days ago", () => expect(f.ago("2026-11-14T12:00:00Z", now)).toBe(`9${NB}days ago`));
  it("lies one day ago", () => expect(f.ago("2026-11-22T12:00:00Z", now)).toBe(`1${NB}day ago`));
  it("lies ahead", () => expect(f.ago("2026-11-26T14:32:08Z", now)).toBe(`in 3${NB}days`));
  it("is exact to the minute with its day", () => expect(f.exactMinute("2026-11-23T16:32:07.418+02:00")).toBe(`23${NB}Nov 2026, 14:32 UTC`));
  it("tells of the seconds below ten minutes", () =>
    expect([f.duration(98), f.duration(119.7), f.duration(144), f.duration(599.6)]).toEqual([`1${NB}min 38${NB}s`, `2${NB}min`, `2${NB}min 24${NB}s`, `10${NB}min`]));
  it("never reads 1000 of a unit", () => expect([f.millis(999.6), f.duration(0.9997)]).toEqual([`1${NB}s`, `1${NB}s`]));
  it("of many days is grouped", () => expect(f.duration(4800 * 86_400)).toBe(`4,800${NB}days`));
  it("is exact in UTC whatever the browser's zone", () =>
    expect(f.exactTime("2026-11-23T16:32:07.418+02:00", true)).toBe(`23${NB}Nov 2026, 14:32:07.418 UTC`));
});

describe("counts", () => {
  it("are grouped", () => expect(f.count(4218307)).toBe("4,218,307"));
  it("are short on axes", () => expect([f.shortCount(9000), f.shortCount(4218307)]).toEqual([`9${NB}k`, `4.22${NB}M`]));
  it("agree with their noun", () => expect([f.plural(1, "file"), f.plural(2, "file")]).toEqual([`1${NB}file`, `2${NB}files`]));
});

describe("paths", () => {
  it("end in a name", () => expect(f.splitPath("s3://lake/raw/a.csv")).toEqual({ folder: "s3://lake/raw/", name: "a.csv" }));
  it("of folders end in the folder", () => expect(f.splitPath("s3://lake/raw/")).toEqual({ folder: "s3://lake/", name: "raw/" }));
});

describe("ticks", () => {
  it("are round and reach above the largest value", () => expect(f.ticks(610)).toEqual([0, 300, 600, 900]));
  it("of bytes are whole in their unit", () => expect(f.byteTicks(600 * 2 ** 30).at(-1)).toBe(600 * 2 ** 30));
});
