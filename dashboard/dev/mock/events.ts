/** Made-up events, as the bus would carry them. */
import type { Migration } from "../../src/api/types";
import { FILES, MIGRATIONS, ago, chance, hex, pick } from "./data";

export type MadeEvent = Record<string, unknown>;

export function event(type: string, topic: string, subject: string, data: Record<string, unknown>, msAgo = 0): MadeEvent {
  const time = msAgo ? ago(msAgo) : new Date().toISOString();
  return { specversion: "1.0", id: hex(), source: "cloudflow", type: `io.cloudflow.${type}.v1`, topic, subject, user: "team-docs", time, data };
}

export function advanced(move: Migration, msAgo = 0): MadeEvent {
  const data = {
    batch_id: move.batch_id,
    file_id: move.file_id,
    source_location: move.source.location_id,
    source_key: move.source.name,
    destination_location: move.destination.location_id,
    destination_key: move.destination.name,
    state: move.state,
    size_bytes: move.size_bytes,
    error: move.error,
  };
  return event("migration.advanced", "migration-events", move.migration_id, data, msAgo);
}

function past(place: number): MadeEvent {
  const msAgo = 1_700_000 - place * 11_000;
  const file = pick(FILES);
  const roll = chance();
  if (roll < 0.4) return advanced(pick(MIGRATIONS), msAgo);
  if (roll < 0.7) return event("file.discovered", "file-events", file.file_id, { location_id: file.location_id, key: file.name, size_bytes: file.size_bytes }, msAgo);
  if (roll < 0.9) return event("file.reclassified", "file-events", file.file_id, { location_id: file.location_id, key: file.name, before: "warm", after: file.tier, reasons: file.tier_reasons }, msAgo);
  return event("mail.sent", "email-notifications", hex(8), { to: "team-docs@example.org", title: "40 moves done" }, msAgo);
}

export const EVENTS: MadeEvent[] = Array.from({ length: 150 }, (_, place) => past(place));
