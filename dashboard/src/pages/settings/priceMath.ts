/** What a price book tells, put the way people compare: a class a row, a meter a column. */
import type { Meter, PriceBook, PriceLine } from "../../api/prices";
import { DASH } from "../../format/format";

export const METERS: readonly { meter: Meter; head: string }[] = [
  { meter: "storage", head: "Storage" },
  { meter: "read", head: "Reads" },
  { meter: "write", head: "Writes" },
  { meter: "retrieval", head: "Retrieval" },
  { meter: "transition", head: "Moving in" },
];

const METER_NAME: Record<Meter, string> = {
  storage: "Storage",
  monitoring: "Monitoring",
  write: "Writes",
  list: "Listings",
  read: "Reads",
  transition: "Moving in",
  retrieval: "Retrieval",
  restore: "Restore requests",
  egress: "Sent to the internet",
  inter_region: "Sent to another region",
};

export function meterName(meter: Meter): string {
  return METER_NAME[meter];
}

/** What one line says: "$0.023 per GB a month", "$0.40 per 1,000,000". */
export function amount(line: PriceLine): string {
  return `$${plainUsd(line.usd)}`;
}

export function perWords(line: Pick<PriceLine, "per" | "unit">): string {
  const many = line.per === 1 ? "" : `${line.per.toLocaleString("en-US")} `;
  const unit = { "GB-month": "GB a month", GB: "GB", request: line.per === 1 ? "request" : "requests", "object-month": line.per === 1 ? "object a month" : "objects a month" }[line.unit];
  return `per ${many}${unit}`;
}

/** Two digits at least, all that were published; no exponent. */
export function plainUsd(text: string): string {
  const value = Number(text);
  const plain = /e/i.test(text) ? value.toFixed(12).replace(/0+$/, "") : text;
  const [whole = "0", part = ""] = plain.split(".");
  return `${Number(whole).toLocaleString("en-US")}.${part.replace(/0+$/, "").padEnd(2, "0")}`;
}

/** "first 51,200 GB", "above 512,000 GB": where bands are. */
export function bandWords(lines: readonly PriceLine[], place: number): string {
  const line = lines[place];
  if (!line || lines.length < 2) return "";
  const unit = line.unit.startsWith("GB") ? " GB" : "";
  const before = lines[place - 1]?.up_to ?? null;
  if (line.up_to == null) return before == null ? "" : `above ${before.toLocaleString("en-US")}${unit}`;
  return before == null ? `first ${line.up_to.toLocaleString("en-US")}${unit}` : `up to ${line.up_to.toLocaleString("en-US")}${unit}`;
}

/** The first band of a meter in a class, in one short text for a cell: nothing listed means free of charge. */
export function cellOf(book: PriceBook, storageClass: string, meter: Meter): string {
  const line = book.lines.find((one) => one.storage_class === storageClass && one.meter === meter);
  if (!line) return DASH;
  return Number(line.usd) === 0 ? "free" : amount(line);
}

/** What the first line of a meter counts in, for a column's head. */
export function unitOf(book: PriceBook, meter: Meter): string {
  const line = book.lines.find((one) => one.meter === meter && one.storage_class !== "");
  return line ? perWords(line) : "";
}

export interface Shelf {
  key: string;
  storageClass: string;
  meter: Meter;
  option: string;
  lines: PriceLine[];
}

/** Lines that belong together as bands of one price, in the book's order. */
export function shelvesOf(book: PriceBook, storageClass: string | null): Shelf[] {
  const shelves = new Map<string, Shelf>();
  for (const line of book.lines) {
    if (storageClass !== null && line.storage_class !== storageClass) continue;
    const key = [line.storage_class, line.meter, line.option].join("|");
    const shelf = shelves.get(key) ?? { key, storageClass: line.storage_class, meter: line.meter, option: line.option, lines: [] };
    shelf.lines.push(line);
    shelves.set(key, shelf);
  }
  return [...shelves.values()];
}

/** The day of the oldest line: how old the book may be. */
export function oldest(book: PriceBook): string | null {
  return book.lines.reduce<string | null>((found, line) => (found === null || line.seen < found ? line.seen : found), null);
}
