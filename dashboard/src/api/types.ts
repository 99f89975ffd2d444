/** The shapes the API answers with, by the names the pages use. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Tier = Schemas["Tier"];
export type Provider = Schemas["Provider"];
export type Me = Schemas["Me"];
export type Preferences = Schemas["Preferences"];
export type FileRow = Schemas["File"];
export type DayOfReads = Schemas["ReadDay"];
export type Total = Schemas["Total"];
export type Totals = Schemas["Totals"];
export type Credential = Schemas["CredentialOut"];
export type Location = Schemas["LocationOut"];
export type Notification = Schemas["Notification"];
export type Uploaded = Schemas["Uploaded"];

export type MigrationState = "queued" | "validated" | "copied" | "verified" | "switched" | "done" | "failed" | "cancelled" | "rolled_back";

export interface Address {
  location_id: string;
  name: string;
  storage_class: string;
}

export interface Migration {
  migration_id: string;
  batch_id: string;
  file_id: string;
  owner: string;
  requested_by: string;
  source: Address;
  destination: Address;
  size_bytes: number;
  state: MigrationState;
  copied_bytes: number;
  proof: string | null;
  notes: string[];
  error: string | null;
  quarantined_until: string | null;
  undoes: string | null;
  timestamps: Partial<Record<MigrationState, string>>;
  run_url: string | null;
}

export interface Recommendation {
  recommendation_id: string;
  file_id: string;
  owner: string;
  location_id: string;
  name: string;
  size_bytes: number;
  from_tier: Tier;
  to_tier: Tier;
  from_class: string;
  to_class: string;
  reasons: string[];
  confidence: number | null;
  state: "open" | "applied" | "dismissed";
  saves_per_month: number | null;
  once: number | null;
  pays_back_days: number | null;
  worst_per_month: number | null;
  created_at: string;
}

export interface OperationFigures {
  operation: string;
  count: number;
  failed: number;
  p50_ms: number | null;
  p90_ms: number | null;
  p95_ms: number | null;
  p99_ms: number | null;
  slowest_ms: number | null;
}

export interface Performance {
  migrations: { done: number; failed: number; bytes: number; bytes_per_second: number | null; success_rate: number | null };
  operations: OperationFigures[];
  series: { at: string; p50_ms: number | null; p90_ms: number | null; p95_ms: number | null; p99_ms: number | null; bytes_per_second: number | null; done: number; failed: number }[];
}
