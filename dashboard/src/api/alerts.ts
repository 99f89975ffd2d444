/** Alerts and the rules that say when: what fires, what is taken care of, what is over. */
import { useQuery } from "@tanstack/react-query";
import { call } from "./client";
import { changeKept } from "./kept";
import type { components } from "./schema";

const id = encodeURIComponent;

type Schemas = components["schemas"];
export type Alert = Schemas["Alert"];
export type Rule = Schemas["Rule"];
export type RuleBody = Omit<Rule, "rule_id" | "owner" | "silences">;
export type KeptRule = Schemas["KeptRule"];
export type Preview = Schemas["PreviewOut"];
export type Signal = Alert["signal"];
export type Level = Alert["level"];
export type Channel = Rule["channels"][number];

export const ALERTS = ["alerts"] as const;
export const RULES = ["alert-rules"] as const;

export function useAlerts() {
  return useQuery({ queryKey: ALERTS, queryFn: async ({ signal }): Promise<Alert[]> => (await call<{ alerts: Alert[] }>("alerts", { query: { state: "all", limit: 200 }, signal })).alerts, refetchInterval: 15_000 });
}

export function useRules() {
  return useQuery({ queryKey: RULES, queryFn: async ({ signal }): Promise<Rule[]> => (await call<{ rules: Rule[] }>("alerts/rules", { signal })).rules });
}

export function acknowledge(alertId: string): Promise<Alert> {
  return call(`alerts/${id(alertId)}/acknowledge`, { method: "POST" });
}

/** Keep it, new or in the place of what was *opened*. */
export function saveRule({ opened, body }: { opened: Rule | null; body: RuleBody }): Promise<KeptRule> {
  return opened ? changeKept(`alerts/rules/${id(opened.rule_id)}`, opened, body) : call("alerts/rules", { method: "POST", body });
}

export function removeRule(ruleId: string): Promise<unknown> {
  return call(`alerts/rules/${id(ruleId)}`, { method: "DELETE" });
}

export function silenceRule({ ruleId, minutes, reason }: { ruleId: string; minutes: number; reason: string }): Promise<Rule> {
  return call(`alerts/rules/${id(ruleId)}/silence`, { method: "POST", body: { ends_at: new Date(Date.now() + minutes * 60_000).toISOString(), reason } });
}

/** What a rule would have fired on in the last 30 days; asking changes nothing. */
export function previewRule(body: RuleBody): Promise<Preview> {
  return call("alerts/rules/preview", { method: "POST", body });
}
