import { minutesAgo as ago, Problem, type Answers } from "./more";
import { LOCATIONS } from "./data";

const credential = (credential_id: string, provider: string, more: object): object => ({ credential_id, provider, owner: "admin", endpoint_url: null, region: null, account: null, location_ids: [], ...more });

const dag = (dag_id: string, timetable_summary: string | null, next: string | null, is_paused = false): object => ({ dag_id, dag_display_name: dag_id, timetable_summary, is_paused, next_dagrun_run_after: next });

export const places: Answers = {
  "GET credentials": ({ empty }) => ({
    credentials: empty ? [] : [
      credential("s3-key", "s3", { region: "eu-west-1", account: "AKIAEXAMPLE7Q2M5N3P" }),
      credential("azure-key", "azure", { region: "westeurope", account: "analyticsstore" }),
      credential("gcs-key", "gcs", { region: "europe-west4", account: "clicks-41233" }),
      credential("own-store", "s3", { endpoint_url: "https://objects.example.org:9000", account: "archive-mover" }),
    ],
  }),
  "GET locations": ({ empty }) => ({ locations: empty ? [] : [...LOCATIONS, { ...LOCATIONS[0], location_id: "lake-exports", bucket: "acme-exports", prefix: "finance/2026/" }] }),
  "POST credentials/test": () => ({ ok: false, detail: "Access denied: the key may not list lake-prod; grant s3:ListBucket on it." }),
  "POST credentials": () => ({}),
  "PUT credentials/{id}": () => ({}),
  "DELETE credentials/{id}": () => ({}),
  "POST locations": () => ({}),
  "DELETE locations/{id}": () => new Problem(409, "the catalogue knows files there, and their history with them: the location stays"),
  "POST locations/{id}/test": ({ parts }) => (parts[0] === "media" ? { ok: false, detail: "The bucket acme-media does not exist, or belongs to somebody else." } : { ok: true, detail: null }),
  "POST locations/{id}/scan": () => ({ run_id: "manual__1", run_url: "/dags/scan_locations/runs/manual__1" }),
  "GET dags": () => ({
    dags: [dag("classify_files", "20 * * * *", ago(-31)), dag("ingest_access_logs", "10 * * * *", ago(-21)), dag("migrate_campaign", null, null), dag("migrate_files", null, null), dag("scan_locations", "0 * * * *", ago(-11)), dag("sweep_leftovers", "40 * * * *", ago(-51), true)],
  }),
  "GET dags/{id}/dagRuns": ({ parts }) => ({ dag_runs: parts[0] === "migrate_campaign" ? [] : [{ run_after: ago(49), start_date: ago(49) }] }),
  "PATCH dags/{id}": () => ({}),
};
