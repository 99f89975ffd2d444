/** Made-up files, moves and figures, the same at every start. */
import type { FileRow, Location, Migration, MigrationState, Recommendation, Tier } from "../../src/api/types";

export const NOW = Date.now();
export const DAY = 86_400_000;
const GB = 2 ** 30;

let seed = 20_261_125;
/** A number from 0 to 1; the same sequence at every start. */
export function chance(): number {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
  return seed / 2 ** 31;
}

export function pick<T>(from: readonly T[]): T {
  return from[Math.floor(chance() * from.length)] as T;
}

export function ago(ms: number): string {
  return new Date(NOW - ms).toISOString();
}

export function hex(length = 32): string {
  return Array.from({ length }, () => Math.floor(chance() * 16).toString(16)).join("");
}

const CLASSES: Record<string, Record<Tier, string>> = {
  s3: { hot: "STANDARD", warm: "STANDARD_IA", cold: "GLACIER_IR" },
  azure: { hot: "Hot", warm: "Cool", cold: "Cold" },
  gcs: { hot: "STANDARD", warm: "NEARLINE", cold: "COLDLINE" },
};

function place(location_id: string, provider: "s3" | "azure" | "gcs", bucket: string): Location & Record<string, unknown> {
  return { location_id, provider, bucket, prefix: "", credential_id: `${provider}-key`, owner: "admin", owners: {}, classes: CLASSES[provider] ?? {}, single_class: false, log_feeds: [], may_change: true };
}

export const LOCATIONS = [place("lake", "s3", "acme-lake"), place("archive", "azure", "archive"), place("media", "gcs", "acme-media")];

const FOLDERS = ["events/raw/2026/", "reports/finance/", "media/originals/", "backups/postgres/", "telemetry/eu-west/2025/11/", "models/checkpoints/", "contracts/"];
const NAMES = ["part-000", "clicks", "q3-summary", "interview", "base", "sensor", "epoch-40", "signed", "ledger", "export"];
const ENDINGS = [".parquet", ".csv", ".pdf", ".mp4", ".tar.zst", ".jsonl", ".safetensors"];
const REASONS: Record<Tier, string[]> = {
  hot: ["read on 6 of the last 7 days", "412 reads in 30 days"],
  warm: ["read on 3 days of the last 30", "last read 9 days ago"],
  cold: ["not read for 113 days", "read twice in a year"],
};

export function classOf(location_id: string, tier: Tier): string {
  const provider = LOCATIONS.find((one) => one.location_id === location_id)?.provider ?? "s3";
  return CLASSES[provider]?.[tier] ?? "STANDARD";
}

function file(number: number): FileRow {
  const tier = pick<Tier>(["hot", "warm", "warm", "cold", "cold", "cold"]);
  const location_id = pick(["lake", "lake", "lake", "archive", "media"]);
  const size = Math.floor(2 ** (10 + chance() * 25));
  const idle = tier === "hot" ? chance() * 3 * DAY : tier === "warm" ? (7 + chance() * 40) * DAY : (90 + chance() * 400) * DAY;
  return {
    file_id: hex(),
    owner: chance() < 0.7 ? "team-docs" : "research",
    location_id,
    name: `${pick(FOLDERS)}${pick(NAMES)}-${String(number).padStart(5, "0")}${pick(ENDINGS)}`,
    size_bytes: size,
    content_type: "application/octet-stream",
    tier,
    tier_reasons: REASONS[tier],
    tier_since: ago(chance() * 60 * DAY),
    storage_class: classOf(location_id, tier),
    modified_at: ago((5 + chance() * 500) * DAY),
    first_seen_at: ago(200 * DAY),
    last_read_at: chance() < 0.08 ? null : ago(idle),
    state: "present",
    version: hex(8),
    migration_id: null,
  };
}

export const FILES: FileRow[] = Array.from({ length: 2400 }, (_, number) => file(number));

function recommendation(of: FileRow): Recommendation {
  const to_tier: Tier = of.tier === "hot" ? "warm" : of.tier === "warm" ? "cold" : "warm";
  const saves = (of.size_bytes / GB) * (0.004 + chance() * 0.012) + 0.02;
  const once = saves * (0.1 + chance() * 1.5);
  return {
    recommendation_id: hex(),
    file_id: of.file_id,
    owner: of.owner,
    location_id: of.location_id,
    name: of.name,
    size_bytes: of.size_bytes,
    from_tier: of.tier,
    to_tier,
    from_class: of.storage_class,
    to_class: classOf(of.location_id, to_tier),
    reasons: [`not read for ${Math.round(20 + chance() * 200)} days`, `a month costs $${(saves / 2).toFixed(2)} there, $${(saves * 1.5).toFixed(2)} here`, `moving costs $${once.toFixed(2)} once, earned back in ${Math.round((once / saves) * 30)} days`],
    confidence: 0.8 + chance() * 0.19,
    state: "open",
    saves_per_month: saves,
    once,
    pays_back_days: (once / saves) * 30,
    worst_per_month: -saves * chance() * 2,
    to_location_id: of.location_id,
    state_since: ago(DAY),
    saves_low: saves * 0.7,
    saves_high: saves * 1.2,
    read_tomorrow: saves / 3,
    created_at: ago(chance() * 6 * DAY),
    expires_at: ago(-24 * DAY),
    dismissed_until: null,
    batch_id: null,
    run_url: null,
    realised: null,
  };
}

export const RECOMMENDATIONS: Recommendation[] = [...FILES]
  .sort((a, b) => b.size_bytes - a.size_bytes)
  .slice(0, 230)
  .map(recommendation)
  .sort((a, b) => b.saves_per_month - a.saves_per_month);
RECOMMENDATIONS.slice(200, 220).forEach((one) => (one.state = "applied"));
RECOMMENDATIONS.slice(220).forEach((one) => (one.state = "dismissed"));

const ORDER: MigrationState[] = ["queued", "validated", "copied", "verified", "switched", "done"];

export function migration(of: FileRow, batch: string, state: MigrationState, toTier: Tier, began: number, locationId = of.location_id): Migration {
  const reached = state === "failed" ? ["queued", "validated"] : ORDER.slice(0, ORDER.indexOf(state) + 1);
  const timestamps = Object.fromEntries(reached.map((one, step) => [one, ago(began - step * 900)])) as Migration["timestamps"];
  if (state === "failed") timestamps.failed = ago(began - 4000);
  return {
    migration_id: hex(),
    batch_id: batch,
    file_id: of.file_id,
    owner: of.owner,
    requested_by: of.owner,
    source: { location_id: of.location_id, name: of.name, storage_class: of.storage_class },
    destination: { location_id: locationId, name: of.name, storage_class: classOf(locationId, toTier) },
    size_bytes: of.size_bytes,
    state,
    copied_bytes: state === "validated" ? Math.floor(of.size_bytes * chance()) : state === "queued" ? 0 : of.size_bytes,
    proof: state === "done" ? "crc64nvme of the destination" : null,
    notes: [],
    error: state === "failed" ? "the destination refused: 403 AccessDenied (s3:PutObject is missing)" : null,
    quarantined_until: state === "switched" || state === "done" ? ago(-6 * DAY) : null,
    undoes: null,
    timestamps,
    run_url: `/dags/migrate_files/runs/${batch}`,
  };
}

const tiers: Tier[] = ["warm", "cold"];
export const MIGRATIONS: Migration[] = [
  ...FILES.slice(10, 15).map((one) => migration({ ...one, size_bytes: one.size_bytes + 3 * GB }, "manual__2026-11-25T14", "validated", "cold", 60_000, "archive")),
  ...FILES.slice(15, 18).map((one) => migration(one, "manual__2026-11-25T14", "queued", "cold", 60_000, "archive")),
  ...FILES.slice(18, 20).map((one) => migration(one, "manual__2026-11-25T14", "failed", "cold", 600_000)),
  ...FILES.slice(20, 60).map((one, place) => migration(one, "manual__2026-11-25T11", place % 3 ? "done" : "switched", pick(tiers), 3 * 3_600_000)),
  ...FILES.slice(60, 75).map((one) => migration(one, "scheduled__2026-11-23", "done", pick(tiers), 2 * DAY)),
];
