/** The platform's names of operations and gauges, as people read them. */
import type { Figures } from "../../api/performance";
import { bytes, count, percent } from "../../format/format";

export const WHOLE_MOVE = "migrate";

const NAMES: Record<string, string> = {
  migrate: "Whole move",
  wait: "Waiting for a worker",
  copy: "Copy",
  verify: "Verify",
  switch: "Switch",
  finish: "Clean up",
  campaign: "Move in a campaign",
  run: "Whole run",
  api: "All routes",
  mongo: "All commands",
};

const STEPS = ["migrate", "wait", "copy", "verify", "switch", "finish", "campaign", "run"];

export type Kind = "moves" | "api" | "database" | "other";

export const KIND_NAMES: Record<Kind, string> = { moves: "Moves", api: "API", database: "Database", other: "Other" };

export function kindOf(operation: string): Kind {
  if (STEPS.includes(operation)) return "moves";
  if (/^api\b/.test(operation)) return "api";
  return /^mongo\b/.test(operation) ? "database" : "other";
}

export function operationName(operation: string): string {
  const route = /^api ([A-Z]+) (?:\/api\/v1)?(\/.*)$/.exec(operation);
  if (route) return `${route[1] ?? ""} ${route[2] ?? ""}`;
  return NAMES[operation] ?? operation.replace(/^mongo /, "");
}

/** Steps in their order; of the API and the database the sum first, then what happened most. */
export function inOrder(operations: readonly Figures[], kind: Kind): Figures[] {
  const rank = (one: Figures): number => {
    const step = STEPS.indexOf(one.operation);
    return step >= 0 ? step : one.operation.includes(" ") ? STEPS.length + 1 : STEPS.length;
  };
  return operations.filter((one) => kindOf(one.operation) === kind).sort((a, b) => rank(a) - rank(b) || b.count - a.count);
}

export function kindsIn(operations: readonly Figures[]): Kind[] {
  return (Object.keys(KIND_NAMES) as Kind[]).filter((kind) => operations.some((one) => kindOf(one.operation) === kind));
}

/** "consume-1 kafka_lag metrics": who, what, of what. */
export interface GaugeRow {
  key: string;
  process: string;
  name: string;
  value: string;
  /** Over what the platform's own alert rules take for too much. */
  isHigh: boolean;
}

const MOST_LAG = 1000;
const MOST_DISK = 0.8;

export function gaugeRows(gauges: Readonly<Record<string, number>>): GaugeRow[] {
  return Object.entries(gauges).map(([key, value]) => {
    const [process = key, what = "", ...rest] = key.split(" ");
    const of = rest.join(" ");
    const named = (name: string): string => (of ? `${name}, ${of}` : name);
    if (what === "kafka_lag") return { key, process, name: named("Events not yet read"), value: count(value), isHigh: value > MOST_LAG };
    if (what === "memory_bytes") return { key, process, name: named("Memory"), value: bytes(value), isHigh: false };
    if (what === "cpu_ratio") return { key, process, name: named("CPU"), value: percent(value), isHigh: false };
    if (/^disk.*share/.test(what)) return { key, process, name: named("Disk used"), value: percent(value), isHigh: value > MOST_DISK };
    return { key, process, name: named(what.replaceAll("_", " ") || process), value: what.endsWith("_bytes") ? bytes(value) : Number.isInteger(value) ? count(value) : String(Number(value.toPrecision(3))), isHigh: false };
  });
}
