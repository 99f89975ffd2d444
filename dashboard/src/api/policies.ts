/** Policies: what people let the platform move by itself, within limits. */
import { useQuery } from "@tanstack/react-query";
import { call } from "./client";
import { changeKept } from "./kept";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type PolicyKind = Schemas["PolicyKind"];
export type PolicyBody = Schemas["PolicyBody"];
export type Policy = Schemas["Policy"];
export type PolicyPreview = Schemas["PolicyPreview"];

export const POLICIES = ["policies"] as const;
const id = encodeURIComponent;

export function usePolicies() {
  return useQuery({ queryKey: POLICIES, queryFn: async ({ signal }): Promise<Policy[]> => (await call<{ policies: Policy[] }>("policies", { signal })).policies });
}

/** Keep it, new or in the place of what was *opened*. */
export function savePolicy({ opened, body }: { opened: Policy | null; body: PolicyBody }): Promise<Policy> {
  return opened ? changeKept(`policies/${id(opened.policy_id)}`, opened, body) : call("policies", { method: "POST", body });
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
