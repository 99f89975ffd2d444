/** How figures are written: one place, so that the same value reads the same on every page. */

const NBSP = "\u00a0";
const MINUS = "\u2212";
export const DASH = "–";
const UNITS = ["B", "KB", "MB", "GB", "TB", "PB", "EB"];

export type Maybe<T> = T | null | undefined;

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const cents = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export const GB = 2 ** 30;
/** Milliseconds. */
export const DAY = 86_400_000;

/** As people type a size: "0.5", "1024". */
export function gigabytes(size: number): string {
  return String(Number((size / GB).toFixed(9)));
}

export interface Figure {
  value: string;
  unit: string;
}

/** Bytes as clouds bill them (1 GB = 2^30), split so that the unit can be set smaller. */
export function bytesFigure(size: Maybe<number>, precise = false): Figure {
  if (size == null) return { value: DASH, unit: "" };
  const power = size < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(size) / 10));
  let scaled = size / 2 ** (10 * power);
  let step = power;
  if (Math.round(scaled) >= 1024 && power < UNITS.length - 1) {
    scaled /= 1024;
    step += 1;
  }
  const digits = step === 0 ? 0 : scaled >= 100 && !precise ? 0 : 1;
  return { value: scaled.toFixed(digits), unit: UNITS[step] ?? "" };
}

export function bytes(size: Maybe<number>, precise = false): string {
  const { value, unit } = bytesFigure(size, precise);
  return unit ? `${value}${NBSP}${unit}` : value;
}

/** "4.1 of 6.6 TB": the unit once where both share it. */
export function bytesOf(part: number, all: number): string {
  const [left, right] = [bytesFigure(part), bytesFigure(all)];
  return left.unit === right.unit ? `${left.value} of ${bytes(all)}` : `${bytes(part)} of ${bytes(all)}`;
}

/** `$8,705`; with cents in rows and below $100. The minus is a real one. */
export function money(amount: Maybe<number>, inRow = false): string {
  if (amount == null) return DASH;
  const size = Math.abs(amount);
  if (size > 0 && size < 0.01) return amount < 0 ? `>${MINUS}$0.01` : "<$0.01";
  const text = inRow || size < 100 ? cents.format(size) : whole.format(size);
  return `${amount < 0 ? MINUS : ""}$${text}`;
}

export function count(value: Maybe<number>): string {
  if (value == null) return DASH;
  return (value < 0 ? MINUS : "") + whole.format(Math.abs(value));
}

/** Numbers on axes: 9 k, 4.22 M. */
export function shortCount(value: number): string {
  for (const [limit, letter] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]] as const) {
    if (Math.abs(value) >= limit) return `${String(Number((value / limit).toPrecision(3)))}${NBSP}${letter}`;
  }
  return String(Number(value.toPrecision(3)));
}

/** "1 file", "2 files". */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)}${NBSP}${value === 1 ? one : many}`;
}

/** A share between 0 and 1. Small shares keep two digits: 0.02 %. */
export function percent(share: Maybe<number>): string {
  if (share == null) return DASH;
  const value = share * 100;
  const size = Math.abs(value);
  if (size > 0 && size < 0.005) return `${value < 0 ? `>${MINUS}` : "<"}0.01${NBSP}%`;
  const digits = size === 0 || size >= 10 || Number.isInteger(value) ? 0 : size < 1 ? 2 : 1;
  // "100 %" would hide the one that failed.
  const shown = value < 100 && Number(value.toFixed(digits)) >= 100 ? "99.9" : Math.abs(value).toFixed(digits);
  return `${value < 0 ? MINUS : ""}${shown}${NBSP}%`;
}

export function millis(value: Maybe<number>): string {
  if (value == null) return DASH;
  if (value > 0 && value < 1) return `<1${NBSP}ms`;
  return duration(value / 1000);
}

/** 8.4 s, 2 min, 1 h 12 min, 3 days. */
export function duration(seconds: Maybe<number>): string {
  if (seconds == null || !Number.isFinite(seconds)) return DASH;
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)}${NBSP}ms`;
  if (seconds < 10) return `${String(Number(seconds.toFixed(1)))}${NBSP}s`;
  if (seconds < 90) return `${Math.round(seconds)}${NBSP}s`;
  if (seconds < 599.5) return minutesAndSeconds(Math.round(seconds));
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes}${NBSP}min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 && hours < 10 ? `${hours}${NBSP}h ${minutes % 60}${NBSP}min` : `${hours}${NBSP}h`;
  return `${count(Math.round(hours / 24))}${NBSP}days`;
}

function minutesAndSeconds(seconds: number): string {
  const rest = seconds % 60;
  return `${Math.floor(seconds / 60)}${NBSP}min${rest ? ` ${rest}${NBSP}s` : ""}`;
}

export function speed(bytesPerSecond: Maybe<number>): string {
  return bytesPerSecond == null ? DASH : `${bytes(bytesPerSecond)}/s`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (value: number): string => String(value).padStart(2, "0");

function parse(time: string | number | Date): Date {
  return time instanceof Date ? time : new Date(time);
}

/** "9 days ago", for people; the exact time belongs into the tooltip. */
export function ago(time: Maybe<string>, now: number = Date.now()): string {
  if (!time) return DASH;
  const seconds = (now - parse(time).getTime()) / 1000;
  // Clocks differ by a little; nothing that was just told lies ahead.
  if (seconds < -60) return `in ${span(-seconds)}`;
  return seconds < 10 ? "just now" : `${span(seconds)} ago`;
}

/** The same without direction: "4 min", "113 days", "3 years". */
export function span(seconds: number): string {
  const steps = [[60, "s", "s"], [3600, "min", "min"], [86400, "h", "h"], [86400 * 730, "day", "days"], [Infinity, "year", "years"]] as const;
  const divisors = [1, 60, 3600, 86400, 86400 * 365.25];
  const place = steps.findIndex(([limit]) => seconds < limit);
  const value = Math.max(1, Math.floor(seconds / (divisors[place] ?? 1)));
  const [, one, many] = steps[place] ?? steps[4];
  return `${value}${NBSP}${value === 1 ? one : many}`;
}

/** "23 Nov 2026, 14:32:07 UTC" */
export function exactTime(time: Maybe<string>, fraction = false): string {
  if (!time) return DASH;
  const at = parse(time);
  return `${at.getUTCDate()}${NBSP}${MONTHS[at.getUTCMonth()] ?? ""} ${at.getUTCFullYear()}, ${clock(time, fraction)} UTC`;
}

/** "23 Nov 2026, 14:32 UTC" */
export function exactMinute(time: Maybe<string>): string {
  return exactTime(time).replace(/:\d\d UTC$/, " UTC");
}

/** "14:32:07.418", in UTC as every time on these pages. */
export function clock(time: string | number | Date, fraction = false): string {
  const at = parse(time);
  const text = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
  return fraction ? `${text}.${String(at.getUTCMilliseconds()).padStart(3, "0")}` : text;
}

/** "14:32" */
export function minute(time: string | number | Date): string {
  return clock(time).slice(0, 5);
}

/** "26 Aug" */
export function day(time: string | number | Date): string {
  const at = parse(time);
  return `${at.getUTCDate()}${NBSP}${MONTHS[at.getUTCMonth()] ?? ""}`;
}

export interface SplitPath {
  folder: string;
  name: string;
}

/** The last part of a path is its name; a folder's name keeps its slash. */
export function splitPath(path: string): SplitPath {
  const cut = path.replace(/\/$/, "").lastIndexOf("/") + 1;
  return { folder: path.slice(0, cut), name: path.slice(cut) };
}

/** The smallest "round" number that is not below *value*: the last tick of an axis. */
export function roundUp(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((factor) => factor * power >= value) ?? 10;
  return step * power;
}

/** Round ticks from 0 to at least *max*, at most *parts* of them above 0. */
export function ticks(max: number, parts = 3): number[] {
  const step = roundUp(max / parts);
  return Array.from({ length: parts + 1 }, (_, place) => Number((place * step).toPrecision(6)));
}

/** Round ticks for bytes: whole numbers of one binary unit. */
export function byteTicks(max: number, parts = 3): number[] {
  const power = max < 1 ? 0 : Math.min(6, Math.floor(Math.log2(max) / 10));
  const unit = 2 ** (10 * power);
  return ticks(max / unit, parts).map((tick) => tick * unit);
}
