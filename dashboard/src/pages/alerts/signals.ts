/** What can be watched, in people's words and units. */
import type { Alert, Channel, Level, Rule, RuleBody, Signal } from "../../api/alerts";
import { duration, GB } from "../../format/format";

interface Told {
  name: string;
  hint: string;
  unit: string;
  /** How many of the API's units one of ours is. */
  scale: number;
  start: number;
  platform?: boolean;
}

export const SIGNALS: Record<Signal, Told> = {
  cost_per_month: { name: "Cost", hint: "What storage and its use cost a month", unit: "$ a month", scale: 1, start: 500 },
  stored_bytes: { name: "Bytes stored", hint: "Bytes of the files in a location", unit: "GB", scale: GB, start: 1000 },
  migrations_failed: { name: "Failed moves", hint: "Within the last hour", unit: "moves", scale: 1, start: 0 },
  error_rate: { name: "Error rate", hint: "Of the moves of the last hour", unit: "%", scale: 1, start: 5 },
  move_seconds: { name: "Time of a move", hint: "95 of 100 moves of the last hour took no longer", unit: "s", scale: 1, start: 60 },
  cost_this_month: { name: "Cost of this month", hint: "What it did cost so far, and what the rest is forecast to", unit: "$ for this month", scale: 1, start: 500 },
  cost_over_forecast: { name: "Cost over the forecast", hint: "How much more the last 7 days cost than was forecast before them", unit: "%", scale: 1, start: 20 },
  access_anomaly: { name: "Unusual use", hint: "How far from usual the last day's most unusual hour was", unit: "deviations", scale: 1, start: 0 },
  reads_per_day: { name: "Reads a day", hint: "Opens in access logs", unit: "reads", scale: 1, start: 1000 },
  request_seconds: { name: "Time of a request", hint: "95 of 100 requests to the API took no longer", unit: "s", scale: 1, start: 5, platform: true },
  kafka_lag: { name: "Events not yet read", hint: "Of the slowest reader", unit: "events", scale: 1, start: 1000, platform: true },
  disk_percent: { name: "Disk used", hint: "Of the fullest disk", unit: "%", scale: 1, start: 80, platform: true },
};

export const LEVELS: Record<Level, { name: string; chip: string | undefined }> = {
  error: { name: "High", chip: "error" },
  warning: { name: "Medium", chip: "warn" },
  info: { name: "Low", chip: undefined },
  success: { name: "Low", chip: undefined },
};

export const CHANNELS: Record<Channel, string> = { in_app: "Bell", email: "Mail", webhook: "Webhook" };

const number = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });

/** A value of the API in our unit: "$500 a month", "1,000 GB". */
export function valueWords(signal: Signal, value: number): string {
  const told = SIGNALS[signal];
  const text = number.format(value / told.scale);
  return told.unit.startsWith("$") ? `$${text}${told.unit.slice(1)}` : `${text}\u00a0${told.unit}`;
}

function overWords(rule: Pick<RuleBody, "signal" | "comparison" | "threshold" | "limit">): string {
  if (rule.comparison === "spike") return `over ${number.format(rule.threshold)} × the usual`;
  if (rule.comparison === "share") return `over ${number.format(rule.threshold)}\u00a0% of ${valueWords(rule.signal, rule.limit ?? 0)}`;
  return `over ${valueWords(rule.signal, rule.threshold)}`;
}

/** "Cost over $500 a month, for 10 min". */
export function ruleWords(rule: Pick<RuleBody, "signal" | "comparison" | "threshold" | "limit" | "lasts_minutes" | "location_id" | "prefix" | "of_user">): string {
  const over = overWords(rule);
  const place = rule.prefix ? `${rule.location_id ?? ""}/${rule.prefix}` : rule.location_id;
  const where = [place && `in ${place}`, rule.of_user && `of ${rule.of_user}`].filter(Boolean).join(" ");
  const lasts = rule.lasts_minutes > 0 ? `, for ${duration(rule.lasts_minutes * 60)}` : "";
  return `${SIGNALS[rule.signal].name} ${where ? `${where} ` : ""}${over}${lasts}`;
}

export interface Sorted {
  firing: Alert[];
  acknowledged: Alert[];
  resolved: Alert[];
}

const WEIGHT: Record<Level, number> = { error: 0, warning: 1, info: 2, success: 2 };

/** Firing by weight and age, what is taken care of, and what is over, newest first; what has not lasted long enough is no alert yet. */
export function sorted(alerts: readonly Alert[]): Sorted {
  const of = (state: Alert["state"]): Alert[] => alerts.filter((alert) => alert.state === state);
  const since = (alert: Alert): string => alert.fired_at ?? alert.began_at;
  return {
    firing: of("firing").sort((a, b) => WEIGHT[a.level] - WEIGHT[b.level] || since(b).localeCompare(since(a))),
    acknowledged: of("acknowledged").sort((a, b) => since(b).localeCompare(since(a))),
    resolved: of("resolved").sort((a, b) => (b.resolved_at ?? b.changed_at).localeCompare(a.resolved_at ?? a.changed_at)),
  };
}

/** "lasted 18 min". */
export function lasted(alert: Alert): string {
  const [from, until] = [Date.parse(alert.fired_at ?? alert.began_at), Date.parse(alert.resolved_at ?? alert.changed_at)];
  return `lasted ${duration((until - from) / 1000)}`;
}

/** Until when a rule says nothing, if it does. */
export function silentUntil(rule: Rule, now: number): string | null {
  const covering = rule.silences.filter((one) => Date.parse(one.begins_at) <= now && now < Date.parse(one.ends_at));
  return covering.reduce<string | null>((latest, one) => (latest === null || one.ends_at > latest ? one.ends_at : latest), null);
}

export interface RuleForm {
  name: string;
  signal: Signal;
  comparison: "above" | "spike" | "share";
  threshold: string;
  /** Where it is over again, set through the API: kept as long as the limit stays. */
  clearsAt: { of: string; value: number } | null;
  /** What a share is of. */
  limit: string;
  lasts: string;
  locationId: string;
  prefix: string;
  user: string;
  level: Level;
  channels: readonly Channel[];
  escalateAfter: string;
  escalateTo: string;
  webhookUrl: string;
  enabled: boolean;
}

export function newRule(): RuleForm {
  return { name: "", signal: "cost_per_month", comparison: "above", threshold: "500", clearsAt: null, limit: "", lasts: "0", locationId: "", prefix: "", user: "", level: "warning", channels: ["in_app", "email"], escalateAfter: "", escalateTo: "", webhookUrl: "", enabled: true };
}

export function formOfRule(rule: Rule): RuleForm {
  const scale = rule.comparison === "above" ? SIGNALS[rule.signal].scale : 1;
  return {
    name: rule.name,
    signal: rule.signal,
    comparison: rule.comparison,
    threshold: String(rule.threshold / scale),
    clearsAt: rule.clears_at === null ? null : { of: `${rule.signal} ${rule.comparison} ${rule.threshold / scale}`, value: rule.clears_at },
    limit: rule.limit === null ? "" : String(rule.limit / SIGNALS[rule.signal].scale),
    lasts: String(rule.lasts_minutes),
    locationId: rule.location_id ?? "",
    prefix: rule.prefix,
    user: rule.of_user ?? "",
    level: rule.level,
    channels: rule.channels,
    escalateAfter: rule.escalate_after_minutes === null ? "" : String(rule.escalate_after_minutes),
    escalateTo: rule.escalate_to.join(", "),
    webhookUrl: rule.webhook_url ?? "",
    enabled: rule.enabled,
  };
}

/** What is also watched below the first part of keys. */
export const BY_PREFIX: ReadonlySet<Signal> = new Set<Signal>(["stored_bytes", "cost_per_month", "reads_per_day", "cost_this_month", "cost_over_forecast", "access_anomaly"]);

/** Another signal counts in another unit: begin with a threshold that makes sense there. */
export function withSignal(form: RuleForm, signal: Signal): RuleForm {
  const prefix = BY_PREFIX.has(signal) ? form.prefix : "";
  return { ...form, signal, prefix, limit: "", threshold: form.comparison === "above" ? String(SIGNALS[signal].start) : form.threshold };
}

export function withComparison(form: RuleForm, comparison: RuleForm["comparison"]): RuleForm {
  return { ...form, comparison, limit: "", threshold: { spike: "3", share: "80", above: String(SIGNALS[form.signal].start) }[comparison] };
}

export type RuleFlaws = Partial<Record<keyof RuleForm, string>>;

const users = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);
const isNumber = (text: string): boolean => text.trim() !== "" && Number.isFinite(Number(text)) && Number(text) >= 0;

export function flawsOfRule(form: RuleForm, wants: "preview" | "save"): RuleFlaws {
  const flaws: RuleFlaws = {};
  if (wants === "save" && !form.name.trim()) flaws.name = "Name it: the mail's subject begins with this";
  if (!isNumber(form.threshold)) flaws.threshold = "A number, 0 or more";
  else if (form.comparison === "spike" && Number(form.threshold) <= 1) flaws.threshold = "More than 1 time the usual";
  if (form.comparison === "share" && !(Number(form.limit) > 0)) flaws.limit = "A number above 0";
  if (form.prefix.trim() && !form.locationId) flaws.prefix = "Choose the location that it lies in";
  else if (form.prefix.trim() && !/^[^/]+\/$/.test(form.prefix.trim())) flaws.prefix = "The first part of keys with its slash, such as reports/";
  if (!isNumber(form.lasts) || Number(form.lasts) > 10_080) flaws.lasts = "Minutes, up to 7 days (10,080)";
  if (form.channels.includes("webhook") && !/^https?:\/\/\S+$/.test(form.webhookUrl)) flaws.webhookUrl = "Where to call: https://host/path";
  if (Boolean(form.escalateAfter) !== users(form.escalateTo).length > 0) flaws.escalateTo = "Passing it on needs both: after how long, and to whom";
  else if (form.escalateAfter && !(Number(form.escalateAfter) > 0)) flaws.escalateAfter = "Minutes, more than 0";
  return flaws;
}

export function bodyOfRule(form: RuleForm): RuleBody {
  const escalates = Boolean(form.escalateAfter);
  return {
    name: form.name.trim() || SIGNALS[form.signal].name,
    signal: form.signal,
    comparison: form.comparison,
    threshold: Number(form.threshold) * (form.comparison === "above" ? SIGNALS[form.signal].scale : 1),
    limit: form.comparison === "share" ? Number(form.limit) * SIGNALS[form.signal].scale : null,
    clears_at: form.clearsAt?.of === `${form.signal} ${form.comparison} ${form.threshold}` ? form.clearsAt.value : null,
    lasts_minutes: Number(form.lasts),
    of_user: form.user.trim() || null,
    location_id: form.locationId || null,
    prefix: form.prefix.trim(),
    level: form.level,
    channels: [...form.channels],
    escalate_after_minutes: escalates ? Number(form.escalateAfter) : null,
    escalate_to: escalates ? users(form.escalateTo) : [],
    webhook_url: form.channels.includes("webhook") ? form.webhookUrl : null,
    enabled: form.enabled,
  };
}
