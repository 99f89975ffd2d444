/** Policies: what people let the platform move by itself, within limits. */
import { useQuery } from "@tanstack/react-query";
import { call } from "./client";
import type { Tier } from "./types";

export type PolicyKind = "idle" | "recommended";

export interface PolicyBody {
  name: string;
  kind: PolicyKind;
  location_id: string | null;
  prefix: string;
  idle_days: number;
  most_reads: number | null;
  destination_location: string | null;
  destination_tier: Tier;
  pays_back_days: number;
  limits: { files: number; size_bytes: number; usd: number };
  enabled: boolean;
}

export interface Policy extends PolicyBody {
  policy_id: string;
  owner: string;
}

export interface PolicyPreview {
  files: number;
  size_bytes: number;
  once_usd: number;
  saves_per_month: number;
  /** The limits that it would exceed: then a person is asked first. */
  asks: string[];
  decisions: { file_id: string; location_id: string; name: string; size_bytes: number; moves: boolean; why: string }[];
}

export const POLICIES = ["policies"] as const;
const id = encodeURIComponent;

export function usePolicies() {
  return useQuery({ queryKey: POLICIES, queryFn: async ({ signal }): Promise<Policy[]> => (await call<{ policies: Policy[] }>("policies", { signal })).policies });
}

export function savePolicy({ policyId, body }: { policyId: string | null; body: PolicyBody }): Promise<Policy> {
  return policyId ? call(`policies/${id(policyId)}`, { method: "PUT", body }) : call("policies", { method: "POST", body });
}

export function removePolicy(policyId: string): Promise<unknown> {
  return call(`policies/${id(policyId)}`, { method: "DELETE" });
}

export function runPolicy(policyId: string): Promise<{ run_id: string; run_url: string }> {
  return call(`policies/${id(policyId)}/run`, { method: "POST" });
}

/** What a run would do now; asking moves nothing. */
export function previewPolicy(body: PolicyBody): Promise<PolicyPreview> {
  return call("policies/preview", { method: "POST", body });
}
