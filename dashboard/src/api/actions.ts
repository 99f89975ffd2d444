/** What people can do, one function each; `useWrite` runs them. */
import { call } from "./client";
import type { Starting } from "./types";

const id = encodeURIComponent;

export function startMigrations(wish: { file_ids: readonly string[]; location_id: string | null; tier: string }): Promise<Starting> {
  return call("migrations", { method: "POST", body: wish });
}

export type MigrationAction = "cancel" | "retry" | "rollback";

export function actOnMigration({ migrationId, action }: { migrationId: string; action: MigrationAction }): Promise<unknown> {
  return call(`migrations/${id(migrationId)}/${action}`, { method: "POST" });
}

export function applyRecommendations(ids: readonly string[]): Promise<Starting> {
  return call("recommendations/apply", { method: "POST", body: { recommendation_ids: ids } });
}

export function dismissRecommendations(ids: readonly string[]): Promise<unknown> {
  return call("recommendations/dismiss", { method: "POST", body: { recommendation_ids: ids } });
}

export function restoreRecommendations(ids: readonly string[]): Promise<unknown> {
  return call("recommendations/restore", { method: "POST", body: { recommendation_ids: ids } });
}

export function markRead(ids: readonly string[]): Promise<unknown> {
  return call("notifications/read", { method: "POST", body: { notification_ids: ids } });
}
