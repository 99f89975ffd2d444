import type { QueryClient } from "@tanstack/react-query";
import { record, shortType, type LiveEvent } from "../live/reducer";
import type { Listed } from "./listing";
import { KEYS } from "./queries";
import type { FileRow, Migration, MigrationState, Tier } from "./types";

const REFRESH_MS = 1000;
const FIRST_MS = 100;
/** The API's lists and sums of files may be a second behind what was written, and an event is told right after the writing. */
const SETTLED_MS = 1300;
const MAY_LAG = ["files", "totals"];
const pending = new Set<string>();
let timer: ReturnType<typeof setTimeout> | undefined;
let refreshedAt = -Infinity;
let settling: ReturnType<typeof setTimeout> | undefined;

/**
 * Bring events into the cache: rows on the page change in place at once, lists and sums that
 * cannot be worked out here are asked for again, soon, but at most once a second however many events come.
 */
export function applyEvents(client: QueryClient, events: readonly LiveEvent[]): void {
  for (const event of events) {
    const type = shortType(event.type);
    if (type === "migration.advanced") {
      patchMigration(client, event);
      later(client, "migrations", "totals");
      const { state } = event.data;
      if (state === "switched" || state === "done" || state === "rolled_back" || state === "failed") later(client, "files", "file", "recommendations", "performance");
    } else if (type === "migration.batch_ended") later(client, "migrations", "performance");
    else if (type === "file.reclassified") {
      patchFile(client, event);
      later(client, "files", "file", "totals", "recommendations");
    } else if (type.startsWith("file.")) later(client, "files", "totals", "file");
    else if (type.startsWith("recommendation.")) later(client, "recommendations", "totals");
    else if (type.startsWith("costs.")) later(client, "daily-costs");
    else if (type.startsWith("notification.")) later(client, "notifications");
    else if (type.startsWith("alert.")) later(client, "alerts");
  }
}

function later(client: QueryClient, ...keys: string[]): void {
  for (const key of keys) pending.add(key);
  if (keys.some((key) => MAY_LAG.includes(key))) {
    clearTimeout(settling);
    settling = setTimeout(() => askAgain(client, MAY_LAG), SETTLED_MS);
  }
  timer ??= setTimeout(() => {
    timer = undefined;
    refreshedAt = performance.now();
    const keys = [...pending];
    pending.clear();
    // To ask again takes back what is being asked: under a stream of events no slow answer would ever arrive.
    const asked = keys.filter((key) => client.isFetching({ queryKey: [key], predicate: ({ state }) => state.data !== undefined }));
    askAgain(client, keys.filter((key) => !asked.includes(key)));
    if (asked.length) later(client, ...asked);
  }, Math.max(FIRST_MS, refreshedAt + REFRESH_MS - performance.now()));
}

function askAgain(client: QueryClient, keys: readonly string[]): void {
  for (const key of keys) void client.invalidateQueries({ queryKey: [key], predicate: (query) => isShort(query.state.data) });
}

/** A list that somebody scrolled far down is left alone: asking for all its pages again would cost too much. */
function isShort(data: unknown): boolean {
  return !isListed(data) || data.pages.length <= 3;
}

function isListed<T>(data: Listed<T> | undefined): data is Listed<T>;
function isListed(data: unknown): data is Listed<unknown>;
function isListed(data: unknown): boolean {
  return Array.isArray(record(data)?.["pages"]);
}

/** The migration of *event* as the stream tells it: never back to an earlier state by a late event. */
export function advanced(row: Migration, event: LiveEvent): Migration {
  const state = event.data["state"] as MigrationState;
  if (row.timestamps[state] || Object.values(row.timestamps).some((at) => at > event.time)) return row;
  const copied = state === "copied" || state === "verified" || state === "switched" || state === "done" ? row.size_bytes : row.copied_bytes;
  return {
    ...row,
    state,
    copied_bytes: copied,
    quarantined_until: typeof event.data["quarantined_until"] === "string" ? event.data["quarantined_until"] : row.quarantined_until,
    error: typeof event.data["error"] === "string" ? event.data["error"] : state === "failed" ? row.error : null,
    timestamps: { ...row.timestamps, [state]: event.time },
  };
}

function patchMigration(client: QueryClient, event: LiveEvent): void {
  client.setQueriesData<Listed<Migration>>({ queryKey: KEYS.migrations }, (list) => patched(list, (row) => (row.migration_id === event.subject ? advanced(row, event) : row)));
}

function patchFile(client: QueryClient, event: LiveEvent): void {
  const tier = event.data["after"] as Tier;
  const reasons = Array.isArray(event.data["reasons"]) ? (event.data["reasons"] as string[]) : [];
  const change = <T extends FileRow>(row: T): T => (row.file_id === event.subject ? { ...row, tier, tier_reasons: reasons, tier_since: event.time } : row);
  client.setQueriesData<Listed<FileRow>>({ queryKey: KEYS.files }, (list) => patched(list, change));
  client.setQueryData<FileRow>(KEYS.file(event.subject), (row) => (row ? change(row) : row));
}

/**
 * The same list where nothing changed, so that nothing is drawn again.
 *
 * How many files match is kept under the same name as the lists of them: it has no pages, and is left alone.
 */
function patched<T>(list: Listed<T> | undefined, change: (row: T) => T): Listed<T> | undefined {
  if (!isListed(list)) return list;
  const pages = list.pages.map((page) => {
    const items = page.items.map(change);
    return items.every((row, place) => row === page.items[place]) ? page : { ...page, items };
  });
  return pages.every((page, place) => page === list.pages[place]) ? list : { ...list, pages };
}
