/** What people can do, one function each; `useWrite` runs them. */
import { call } from "./client";
import type { CampaignRun, CampaignWish, PrefixMove, Starting } from "./types";

const id = encodeURIComponent;

export function startMigrations(wish: { file_ids: readonly string[]; location_id: string | null; tier: string }): Promise<Starting> {
  return call("migrations", { method: "POST", body: wish });
}

export type MigrationAction = "cancel" | "retry" | "rollback";

export function actOnMigration({ migrationId, action }: { migrationId: string; action: MigrationAction }): Promise<unknown> {
  return call(`migrations/${id(migrationId)}/${action}`, { method: "POST" });
}

export function startCampaign(wish: CampaignWish): Promise<CampaignRun> {
  return call("campaigns", { method: "POST", body: wish });
}

export type CampaignAction = "pause" | "resume" | "cancel";

export function actOnCampaign({ campaignId, action }: { campaignId: string; action: CampaignAction }): Promise<unknown> {
  return call(`campaigns/${id(campaignId)}/${action}`, { method: "POST" });
}

export function applyRecommendations(ids: readonly string[]): Promise<Starting> {
  return call("recommendations/apply", { method: "POST", body: { recommendation_ids: ids } });
}

/** As many of them as one request may move; asked again, the next. */
export function applyPrefix({ owner, location_id, prefix, from_class, to_location_id, to_class }: PrefixMove): Promise<Starting> {
  return call("recommendations/prefixes/apply", { method: "POST", body: { owner, location_id, prefix, from_class, to_location_id, to_class } });
}

export function dismissRecommendations(ids: readonly string[]): Promise<unknown> {
  return call("recommendations/dismiss", { method: "POST", body: { recommendation_ids: ids } });
}

export function restoreRecommendations(ids: readonly string[]): Promise<unknown> {
  return call("recommendations/restore", { method: "POST", body: { recommendation_ids: ids } });
}

/** Those named, or all that did not change after *until*. */
export function markRead(which: { notification_ids: readonly string[] } | { until: string }): Promise<unknown> {
  return call("notifications/read", { method: "POST", body: which });
}
