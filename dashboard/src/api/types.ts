/** The shapes the API answers with, by the names the pages use. */

export type Tier = "hot" | "warm" | "cold";
export type Provider = "s3" | "azure" | "gcs" | "memory";


export interface Me {
  user: string;
  is_admin: boolean;
  can_write: boolean;
}

export interface FileRow {
  file_id: string;
  owner: string;
  location_id: string;
  name: string;
  size_bytes: number;
  content_type: string | null;
  tier: Tier;
  tier_reasons: string[];
  tier_since: string;
  storage_class: string;
  modified_at: string;
  first_seen_at: string;
  last_read_at: string | null;
  state: "present" | "vanished";
  version: string;
  migration_id: string | null;
}

export interface DayOfReads {
  day: string;
  reads: number;
  requests: number;
  read_bytes: number;
}

export interface Total {
  location_id: string;
  provider: Provider | null;
  owner: string;
  tier: Tier;
  storage_class: string;
  files: number;
  size_bytes: number;
}

export interface Totals {
  files: number;
  size_bytes: number;
  totals: Total[];
}

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

export interface Credential {
  credential_id: string;
  provider: Provider;
  owner: string;
  endpoint_url: string | null;
  region: string | null;
  account: string | null;
}

export interface Location {
  location_id: string;
  provider: Provider;
  bucket: string;
  prefix: string;
  credential_id: string;
  owner: string;
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
