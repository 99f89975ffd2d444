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
export type Costs = Schemas["Costs"];
export type GroupCost = Schemas["GroupCost"];
export type ClassPrice = Schemas["ClassPriceOut"];
export type Notification = Schemas["Notification"];
export type Uploaded = Schemas["Uploaded"];

export type MigrationState = Schemas["MigrationState"];
/** Not every state was reached. */
export type Migration = Omit<Schemas["Migration"], "timestamps"> & { timestamps: Partial<Record<MigrationState, string>> };
export type Starting = Schemas["Starting"];

export interface Recommendation {
  recommendation_id: string;
  file_id: string;
  owner: string;
  location_id: string;
  name: string;
  size_bytes: number;
  from_tier: Tier;
  from_class: string;
  to_location_id: string;
  to_tier: Tier;
  to_class: string;
  reasons: string[];
  confidence: number;
  state: "open" | "applied" | "dismissed" | "expired" | "superseded";
  state_since: string;
  saves_per_month: number;
  saves_low: number;
  saves_high: number;
  once: number;
  pays_back_days: number;
  worst_per_month: number;
  read_tomorrow: number;
  created_at: string;
  expires_at: string;
  dismissed_until: string | null;
  batch_id: string | null;
  run_url: string | null;
  realised: { usd_per_month: number; days: number; measured_at: string } | null;
}

export interface Explained extends Recommendation {
  once_parts: Partial<Record<"requests" | "retrieval" | "early_delete" | "transport", number>>;
  model: string;
  price_book: string;
  compared_with: string;
}

export interface Savings {
  open_count: number;
  open_bytes: number;
  found_per_month: number;
  found_once: number;
  applied_count: number;
  promised_per_month: number;
  measured_promise: number;
  realised_per_month: number;
  usd_per_month: number | null;
}
