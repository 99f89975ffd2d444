import { chance } from "./data";
import { minutesAgo, type Answers } from "./more";

const DAY = 1440;
const date = (days: number): string => minutesAgo(days * DAY).slice(0, 10);

const GROUPS: Record<string, string[]> = { tier: ["hot", "warm", "cold"], location: ["lake", "archive", "media"], storage_class: ["STANDARD", "STANDARD_IA", "GLACIER_IR", "Cool"], owner: ["team-docs", "research"], prefix: ["lake/events/raw/", "lake/reports/", "media/originals/"] };

const budget = (budget_id: string, name: string, limit_usd: number, spent_usd: number, expected_usd: number, more: object = {}): object => ({ budget_id, owner: "admin", name, of_user: "", location_id: null, prefix: "", limit_usd, tell_at_percent: 100, spent_usd, expected_usd, share: expected_usd / limit_usd, state: expected_usd > limit_usd ? "over" : "fine", channels: ["in_app", "email"], enabled: true, ...more });

export const costs: Answers = {
  "GET costs/budgets": ({ empty }) => ({ budgets: empty ? [] : [budget("b1", "Reports", 1500, 1311, 1692, { of_user: "team-docs", location_id: "lake", prefix: "reports/" }), budget("b2", "Everything", 9000, 6103, 7944)] }),
  "GET costs": ({ query, empty }) => {
    const length = Number(query.get("days") ?? 30);
    const days = Array.from({ length }, (_, place) => ({ day: date(length - place), hot_usd: 170 + chance() * 8 - place * 0.6, warm_usd: 62 + chance() * 3, cold_usd: 24 + place * 0.3, hot_bytes: 9e12 - place * 4e10, warm_bytes: 4e12 + chance() * 1e11, cold_bytes: 5e12 + place * 6e10 })).map((one) => ({ ...one, usd: one.hot_usd + one.warm_usd + one.cold_usd }));
    const kept = empty ? [] : days.filter((_, place) => place !== 4);
    const usd = kept.reduce((sum, one) => sum + one.usd, 0);
    const names = GROUPS[query.get("split") ?? "tier"] ?? [];
    return {
      since: date(length),
      until: date(1),
      usd,
      before_usd: empty ? null : usd * 1.043,
      days: kept,
      groups: empty ? [] : names.map((name, place) => ({ name, usd: usd * ([0.62, 0.25, 0.1, 0.03][place] ?? 0), before_usd: usd * ([0.66, 0.24, 0.1, 0.03][place] ?? 0), share: [0.62, 0.25, 0.1, 0.03][place] ?? 0, size_bytes: 9e12 / (place + 1) })),
      parts: empty ? {} : { storage: usd * 0.86, requests: usd * 0.09, retrieval: usd * 0.04, transition: usd * 0.01 },
    };
  },
};
