/** The routes of the API, answered from made-up data; refusals and problems look like the real ones. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { HttpServer } from "vite";
import { WebSocketServer, type WebSocket } from "ws";
import type { FileRow, Migration, Tier } from "../../src/api/types";
import { DAY, FILES, LOCATIONS, MIGRATIONS, NOW, RECOMMENDATIONS, ago, chance, hex, migration, pick } from "./data";
import { EVENTS, advanced, event } from "./events";
import { MORE, Problem, type Asked as Request } from "./more";

type Handler = (found: Request) => unknown;
interface Middlewares {
  use: (path: string, handler: (request: IncomingMessage, response: ServerResponse) => void) => unknown;
}

const clients = new Set<WebSocket>();
let preferences = { tour_seen: true, shortcuts: true, theme: "system", upload_location: null as string | null, news_seen: null as string | null };

function tell(...events: Record<string, unknown>[]): void {
  for (const one of events) {
    EVENTS.push(one);
    for (const client of clients) client.send(JSON.stringify({ topic: one["topic"], partition: 0, offset: EVENTS.length, event: one }));
  }
}

function page(name: string, rows: readonly unknown[], query: URLSearchParams): Record<string, unknown> {
  const start = Number(query.get("cursor") ?? 0);
  const limit = Number(query.get("limit") ?? 100);
  return { [name]: rows.slice(start, start + limit), next_cursor: start + limit < rows.length ? String(start + limit) : null };
}

function foundFiles(query: URLSearchParams): FileRow[] {
  const name = query.get("name")?.toLowerCase();
  const tiers = query.getAll("tier");
  const [least, most] = [query.get("min_bytes"), query.get("max_bytes")];
  const by = { name: "name", size: "size_bytes", tier: "tier", modified: "modified_at", read: "last_read_at", location: "location_id" }[query.get("sort") ?? "name"] as keyof FileRow;
  const sign = query.get("direction") === "desc" ? -1 : 1;
  return FILES.filter(
    (one) =>
      (!name || one.name.toLowerCase().includes(name)) &&
      (!tiers.length || tiers.includes(one.tier)) &&
      (!query.get("location_id") || one.location_id === query.get("location_id")) &&
      (!least || one.size_bytes >= Number(least)) &&
      (!most || one.size_bytes <= Number(most)),
  ).sort((a, b) => ((a[by] ?? "") < (b[by] ?? "") ? -sign : sign));
}

function totals(): unknown {
  const found = new Map<string, Record<string, unknown> & { files: number; size_bytes: number }>();
  for (const one of FILES) {
    const key = `${one.location_id} ${one.owner} ${one.storage_class}`;
    const provider = LOCATIONS.find((place) => place.location_id === one.location_id)?.provider;
    const total = found.get(key) ?? { location_id: one.location_id, provider, owner: one.owner, tier: one.tier, storage_class: one.storage_class, files: 0, size_bytes: 0 };
    total.files += 1;
    total.size_bytes += one.size_bytes;
    found.set(key, total);
  }
  const all = [...found.values()];
  return { files: FILES.length, size_bytes: all.reduce((sum, one) => sum + one.size_bytes, 0), totals: all };
}

function costs(): unknown {
  const { totals: groups } = totals() as { totals: { tier: Tier; size_bytes: number }[] };
  const rate = { hot: 0.023, warm: 0.0125, cold: 0.004 };
  const priced = groups.map((one) => ({ ...one, storage_usd: (one.size_bytes / 2 ** 30) * rate[one.tier], use_usd: (one.size_bytes / 2 ** 30) * 0.002 }));
  return { usd_per_month: priced.reduce((sum, one) => sum + one.storage_usd + one.use_usd, 0), priced_at: ago(7_200_000), costs: priced };
}

function savings(): unknown {
  const open = RECOMMENDATIONS.filter((one) => one.state === "open");
  const sum = (pick: (one: (typeof open)[number]) => number): number => open.reduce((all, one) => all + pick(one), 0);
  return { open_count: open.length, open_bytes: sum((one) => one.size_bytes), found_per_month: sum((one) => one.saves_per_month), found_once: sum((one) => one.once), applied_count: 20, promised_per_month: 11.4, measured_promise: 9.8, realised_per_month: 9.4, usd_per_month: 71 };
}

function prefixes(): unknown {
  const folder = (one: (typeof RECOMMENDATIONS)[number]): string => one.name.split("/").slice(0, -1).slice(0, 2).map((part) => `${part}/`).join("");
  const groups = new Map<string, typeof RECOMMENDATIONS>();
  for (const one of RECOMMENDATIONS.filter((each) => each.state === "open")) {
    const key = [one.location_id, folder(one), one.from_class, one.to_class].join(" ");
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const rows = [...groups.values()].flatMap((some) => {
    const [first] = some;
    if (!first) return [];
    const sum = (pick: (one: (typeof RECOMMENDATIONS)[number]) => number): number => some.reduce((all, one) => all + pick(one), 0);
    const [saves, once] = [sum((one) => one.saves_per_month), sum((one) => one.once)];
    return { ...first, prefix: folder(first), count: some.length, size_bytes: sum((one) => one.size_bytes), saves_per_month: saves, saves_low: sum((one) => one.saves_low), once, pays_back_days: (once / saves) * 30.4, worst_per_month: sum((one) => one.worst_per_month) };
  });
  return { prefixes: rows.sort((a, b) => b.saves_per_month - a.saves_per_month) };
}

function explained(id: string): unknown {
  const one = RECOMMENDATIONS.find((row) => row.recommendation_id === id);
  return one ? { ...one, once_parts: { requests: one.once / 4, early_delete: (one.once * 3) / 4 }, model: "expected-use-1", price_book: "aws-eu-central-1", compared_with: "stay" } : null;
}

function prices(id: string): unknown {
  const one = FILES.find((row) => row.file_id === id);
  const gigabytes = (one?.size_bytes ?? 0) / 2 ** 30;
  const classes: [string, Tier, number, number][] = [["STANDARD", "hot", 0.0245, 0], ["STANDARD_IA", "warm", 0.0135, 30], ["GLACIER_IR", "cold", 0.005, 90]];
  return {
    prices: classes.map(([storage_class, tier, usd, minimum_days]) => ({ location_id: "lake", storage_class, tier, is_here: tier === one?.tier, storage_usd: gigabytes * usd, use_usd: gigabytes * (0.02 - usd / 2) * 0.3, once_usd: tier === one?.tier ? 0 : gigabytes * 0.01 + 0.0001, minimum_days, is_instant: true })),
  };
}

function foundMigrations(query: URLSearchParams): Migration[] {
  const states = query.getAll("state");
  return MIGRATIONS.filter(
    (one) =>
      (!states.length || states.includes(one.state)) &&
      (!query.get("batch_id") || one.batch_id === query.get("batch_id")) &&
      (!query.get("file_id") || one.file_id === query.get("file_id")),
  );
}

function start(files: readonly FileRow[], tier: Tier, locationId?: string): unknown {
  const batch = `manual__${new Date().toISOString().slice(0, 19)}`;
  for (const one of files) {
    const made = migration(one, batch, "queued", tier, 0, locationId ?? one.location_id);
    made.timestamps = { queued: new Date().toISOString() };
    MIGRATIONS.unshift(made);
  }
  return { batch_id: batch, run_url: `/dags/migrate_files/runs/${batch}` };
}

function accesses(): unknown {
  return { days: Array.from({ length: 90 }, (_, place) => ({ day: ago((89 - place) * DAY).slice(0, 10), reads: Math.floor(chance() * 12 * (place / 90)), requests: 20, read_bytes: 2 ** 24 })) };
}

const NOTIFICATIONS = [
  { kind: "migration", level: "error", title: "2 of 10 moves did not arrive", text: "the destination refused: 403 AccessDenied", path: "migrations?state=failed", count: 1, at: 600_000 },
  { kind: "classes", level: "info", title: "38 files changed class", text: "30 now cold; 8 now warm", path: "files", count: 38, at: 2_400_000 },
  { kind: "migration", level: "success", title: "40 moves done", text: "214 GB from lake to archive", path: "migrations?batch=manual__2026-11-25T11", count: 1, at: 10_800_000 },
  { kind: "upload", level: "success", title: "3 files uploaded", text: "3 to lake", path: "files", count: 3, at: 50_000_000 },
].map((one) => ({ ...one, notification_id: hex(), created_at: ago(one.at), changed_at: ago(one.at), read_at: one.at > 3_000_000 ? ago(one.at - 5000) : (null as string | null) }));

function read(ids: unknown): unknown {
  const wanted = Array.isArray(ids) ? (ids as string[]) : null;
  for (const one of NOTIFICATIONS) if (!wanted || wanted.includes(one.notification_id)) one.read_at ??= new Date().toISOString();
  return { marked: 1, unread: NOTIFICATIONS.filter((one) => !one.read_at).length };
}

function act(id: string, action: string): unknown {
  const move = MIGRATIONS.find((one) => one.migration_id === id);
  if (!move) return null;
  move.state = action === "cancel" ? "cancelled" : action === "retry" ? "queued" : "rolled_back";
  move.error = null;
  move.timestamps = { ...move.timestamps, [move.state]: new Date().toISOString() };
  tell(advanced(move));
  return move;
}

function decide(ids: unknown, state: "open" | "applied" | "dismissed"): typeof RECOMMENDATIONS {
  const chosen = RECOMMENDATIONS.filter((one) => (ids as string[]).includes(one.recommendation_id));
  for (const one of chosen) one.state = state;
  return chosen;
}

const filesOf = (ids: readonly string[]): FileRow[] => FILES.filter((one) => ids.includes(one.file_id));

const ROUTES: [RegExp, Handler][] = [
  ...MORE,
  [/^GET me$/, () => ({ user: "team-docs", roles: ["CloudFlowUser"], is_admin: true, can_write: true, preferences })],
  [/^PUT me\/preferences$/, ({ body }) => (preferences = { ...preferences, ...body })],
  [/^GET totals$/, ({ empty }) => (empty ? { files: 0, size_bytes: 0, totals: [] } : totals())],
  [/^GET totals\/costs$/, costs],
  [/^GET recommendations\/summary$/, savings],
  [/^GET recommendations\/prefixes$/, prefixes],
  [/^GET recommendations\/(\w+)$/, ({ parts }) => explained(parts[0] ?? "")],
  [/^GET files\/(\w+)\/prices$/, ({ parts }) => prices(parts[0] ?? "")],
  [/^GET files$/, ({ query, empty }) => page("files", empty ? [] : foundFiles(query), query)],
  [/^GET files\/count$/, ({ query }) => ({ files: foundFiles(query).length, size_bytes: foundFiles(query).reduce((sum, one) => sum + one.size_bytes, 0) })],
  [/^GET files\/(\w+)\/accesses$/, accesses],
  [/^GET files\/(\w+)$/, ({ parts }) => FILES.find((one) => one.file_id === parts[0]) ?? null],
  [/^GET migrations$/, ({ query, empty }) => page("migrations", empty ? [] : foundMigrations(query), query)],
  [/^POST migrations$/, ({ body }) => start(filesOf(body["file_ids"] as string[]), body["tier"] as Tier, body["location_id"] as string)],
  [/^POST migrations\/(\w+)\/(cancel|retry|rollback)$/, ({ parts }) => act(parts[0] ?? "", parts[1] ?? "")],
  [/^GET recommendations$/, ({ query, empty }) => page("recommendations", empty ? [] : RECOMMENDATIONS.filter((one) => one.state === (query.get("state") ?? "open")), query)],
  [/^POST recommendations\/apply$/, ({ body }) => start(filesOf(decide(body["recommendation_ids"], "applied").map((one) => one.file_id)), "cold")],
  [/^POST recommendations\/dismiss$/, ({ body }) => decide(body["recommendation_ids"], "dismissed")],
  [/^POST recommendations\/restore$/, ({ body }) => decide(body["recommendation_ids"], "open")],
  [/^GET notifications$/, ({ empty }) => ({ notifications: empty ? [] : NOTIFICATIONS, unread: empty ? 0 : NOTIFICATIONS.filter((one) => !one.read_at).length, next_cursor: null })],
  [/^POST notifications\/read$/, ({ body }) => read(body["notification_ids"])],
  [/^GET events\/history$/, () => ({ events: EVENTS.slice(-400), next_cursor: null })],
  [/^POST upload$/, ({ query }) => uploaded(query)],
];

function uploaded(query: URLSearchParams): unknown {
  const folder = query.get("folder") ? `${query.get("folder") ?? ""}/` : "";
  const template = FILES[0] as FileRow;
  const made: FileRow = { ...template, file_id: hex(), name: folder + (query.get("name") ?? "file"), location_id: query.get("location_id") ?? "lake", tier: "warm", tier_reasons: ["new files start as warm"], size_bytes: 40_960, last_read_at: null, modified_at: new Date().toISOString() };
  FILES.unshift(made);
  tell(event("file.uploaded", "file-events", made.file_id, { location_id: made.location_id, key: made.name, size_bytes: made.size_bytes }));
  return { files: [{ name: made.name, file: made, status: 201, problem: null, detail: null }] };
}

/** Running moves get on with it, so that progress can be watched. */
function work(): void {
  const moving = MIGRATIONS.filter((one) => ["queued", "validated", "copied", "verified"].includes(one.state));
  for (const move of moving.slice(0, 4)) {
    if (move.state === "queued") move.state = "validated";
    else if (move.state === "validated") {
      move.copied_bytes = Math.min(move.size_bytes, move.copied_bytes + move.size_bytes * 0.01 * chance());
      if (move.copied_bytes < move.size_bytes) continue;
      move.state = "copied";
    } else if (move.state === "copied") move.state = "verified";
    else {
      move.state = "switched";
      move.quarantined_until = ago(-7 * DAY);
    }
    move.timestamps = { ...move.timestamps, [move.state]: new Date().toISOString() };
    tell(advanced(move));
  }
  if (chance() < 0.5) {
    const one = pick(FILES);
    tell(event("file.discovered", "file-events", one.file_id, { location_id: one.location_id, key: one.name, size_bytes: one.size_bytes }));
  }
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  try {
    return JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown>;
  } catch {
    return {};
  }
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "", "http://127.0.0.1");
  const path = `${request.method ?? "GET"} ${url.pathname.slice(1)}`;
  const body = await bodyOf(request);
  const empty = request.headers.referer?.includes("empty") ?? false;
  for (const [pattern, handler] of ROUTES) {
    const found = pattern.exec(path);
    if (!found) continue;
    const value = handler({ query: url.searchParams, parts: found.slice(1), body, empty });
    if (value === null) break;
    if (value instanceof Problem) {
      response.writeHead(value.status, { "Content-Type": "application/problem+json" }).end(JSON.stringify({ type: "urn:cloudflow:problem:refused", status: value.status, detail: value.detail, request_id: hex(8) }));
      return;
    }
    response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(value));
    return;
  }
  response.writeHead(404, { "Content-Type": "application/problem+json" }).end(JSON.stringify({ type: "urn:cloudflow:problem:not-found", status: 404, detail: `There is no ${path} here.`, request_id: hex(8) }));
}

export function standIn(middlewares: Middlewares, server: HttpServer | null): void {
  middlewares.use("/cloudflow/api/v1", (request, response) => void answer(request, response));
  middlewares.use("/api/v2", (request, response) => void answer(request, response));
  const sockets = new WebSocketServer({ noServer: true });
  (server as Server | null)?.on("upgrade", (request: IncomingMessage, socket, head: Buffer) => {
    if (!request.url?.startsWith("/cloudflow/api/v1/events/ws")) return;
    sockets.handleUpgrade(request, socket, head, (client) => {
      clients.add(client);
      client.on("close", () => clients.delete(client));
      client.send(JSON.stringify({ notice: { state: "live", detail: "Events come as they happen." } }));
      for (const one of EVENTS.slice(-120)) client.send(JSON.stringify({ topic: one["topic"], partition: 0, offset: 1, event: one }));
    });
  });
  setInterval(work, 700).unref();
  console.log(`stand-in with ${FILES.length} files, since ${new Date(NOW).toISOString()}`);
}
