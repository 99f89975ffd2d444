import { minutesAgo as ago, type Answers } from "./more";

const DAY = 1440;

const alert = (alert_id: string, name: string, state: string, level: string, more: object): object => ({ alert_id, rule_id: "rule-cost", owner: "team-docs", name, about: "team-docs lake", signal: "cost_per_month", level, state, value: 612, peak: 640, threshold: 500, shown: "$612.00 a month", began_at: ago(48), fired_at: ago(38), changed_at: ago(3), acknowledged_by: null, escalated_at: null, resolved_at: null, ...more });

interface Rule extends Record<string, unknown> {
  rule_id: string;
}

const rule = (rule_id: string, name: string, signal: string, threshold: number, more: object = {}): Rule => ({ rule_id, owner: "admin", name, signal, comparison: "above", threshold, clears_at: null, limit: null, lasts_minutes: 10, of_user: null, location_id: null, prefix: "", level: "warning", channels: ["in_app", "email"], escalate_after_minutes: null, escalate_to: [], webhook_url: null, enabled: true, silences: [], ...more });

const RULES = [
  rule("rule-cost", "Documents cost more than $500", "cost_per_month", 500, { location_id: "lake" }),
  rule("rule-lag", "Events wait", "kafka_lag", 1000),
  rule("rule-fail", "Moves failed", "migrations_failed", 0, { level: "error", lasts_minutes: 0, channels: ["in_app", "email", "webhook"], webhook_url: "https://hooks.example.com/x", escalate_after_minutes: 30, escalate_to: ["admin"] }),
  rule("rule-slow", "Moves slower than usual", "move_seconds", 3, { comparison: "spike", enabled: false }),
];

export const alerts: Answers = {
  "GET alerts": ({ empty }) => ({
    alerts: empty
      ? []
      : [
          alert("a1", "Moves failed", "firing", "error", { rule_id: "rule-fail", signal: "migrations_failed", value: 3, peak: 3, threshold: 0, shown: "3 failed moves", about: "team-docs lake", fired_at: ago(2) }),
          alert("a2", "Documents cost more than $500", "firing", "warning", {}),
          alert("a3", "Events wait", "acknowledged", "warning", { rule_id: "rule-lag", signal: "kafka_lag", value: 1840, peak: 4022, threshold: 1000, shown: "1,840 waiting events", about: "the platform", acknowledged_by: "admin", fired_at: ago(DAY) }),
          alert("a4", "Disk nearly full", "resolved", "error", { rule_id: "gone", signal: "disk_percent", value: 71, peak: 91.5, threshold: 80, shown: "71.0 %", about: "/data", fired_at: ago(2 * DAY), resolved_at: ago(2 * DAY - 18) }),
          alert("a5", "Requests are slow", "resolved", "warning", { rule_id: "gone", signal: "request_seconds", value: 0.4, peak: 7.1, threshold: 5, shown: "0.4 s", about: "the platform", fired_at: ago(5 * DAY), resolved_at: ago(5 * DAY - 64) }),
        ],
  }),
  "GET alerts/rules": ({ empty }) => ({
    rules: empty ? [] : RULES,
  }),
  "GET alerts/rules/{id}": ({ parts }) => RULES.find((one) => one.rule_id === parts[0]) ?? null,
  "POST alerts/rules/preview": () => ({ fired: 4, readings: 1440, first_at: ago(20 * DAY), last_at: ago(0), by_day: { [ago(3 * DAY).slice(0, 10)]: 2, [ago(9 * DAY).slice(0, 10)]: 1, [ago(17 * DAY).slice(0, 10)]: 1 }, alerts: [] }),
  "POST alerts/{id}/acknowledge": () => ({}),
  "POST alerts/rules/{id}/silence": () => ({}),
  "PUT alerts/rules/{id}": () => ({ rule: rule("rule-cost", "x", "cost_per_month", 1), webhook_secret: null }),
  "POST alerts/rules": () => ({ rule: rule("rule-cost", "x", "cost_per_month", 1), webhook_secret: "kq3v-71" }),
  "DELETE alerts/rules/{id}": () => ({}),
};
