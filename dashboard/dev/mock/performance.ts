import { chance } from "./data";
import { minutesAgo, type Answers } from "./more";

const round = (value: number): number => Math.round(value * 1000) / 1000;

function figures(count: number, median: number, failed = 0): object {
  return { count, failed, size_bytes: count * 48_000_000, p50_ms: round(median), p90_ms: round(median * 2.1), p95_ms: round(median * 2.9), p99_ms: round(median * 5.4), slowest_ms: round(median * 11) };
}

const MINUTES: Record<string, number> = { "1h": 60, "6h": 360, "24h": 1440, "7d": 10_080, "30d": 43_200 };

function series(window: string): object[] {
  const length = MINUTES[window] ?? 1440;
  const points = 96;
  return Array.from({ length: points }, (_, place) => {
    const quiet = place > 20 && place < 27;
    const peak = place > 60 && place < 66 ? 2.2 : 1;
    const median = (900 + chance() * 180) * (peak > 1 ? 1.15 : 1);
    const done = quiet ? 0 : Math.floor(chance() * 30);
    return {
      at: minutesAgo(length - (place * length) / points),
      count: done,
      p50_ms: quiet ? null : median,
      p90_ms: quiet ? null : median * 1.9,
      p95_ms: quiet ? null : median * 2.6 * Math.sqrt(peak),
      p99_ms: quiet ? null : median * (4.2 + chance()) * peak,
      bytes_per_second: quiet ? null : (180 + chance() * 80) * 2 ** 20,
      done,
      failed: chance() < 0.05 ? 1 : 0,
    };
  });
}

export const performance: Answers = {
  "GET performance": ({ query, empty }) => {
    const window = query.get("window") ?? "24h";
    return {
      since: minutesAgo(MINUTES[window] ?? 1440),
      until: minutesAgo(0),
      step_seconds: 900,
      migrations: empty ? { done: 0, failed: 0, bytes: 0, bytes_per_second: null, success_rate: null } : { done: 1412, failed: 9, bytes: 61 * 2 ** 30, bytes_per_second: 214 * 2 ** 20, success_rate: 1412 / 1421 },
      operations: empty
        ? []
        : [
            { operation: "migrate", ...figures(1421, 980, 9) },
            { operation: "wait", ...figures(1421, 310) },
            { operation: "copy", ...figures(1421, 540, 7) },
            { operation: "verify", ...figures(1414, 62, 2) },
            { operation: "switch", ...figures(1412, 21) },
            { operation: "finish", ...figures(1290, 33) },
            { operation: "api", ...figures(40_112, 9, 31) },
            { operation: "api GET /api/v1/files", ...figures(22_410, 11, 2) },
            { operation: "api POST /api/v1/upload", ...figures(812, 140, 60) },
            { operation: "mongo", ...figures(120_412, 1.4) },
            { operation: "mongo find", ...figures(90_318, 1.1) },
          ],
      series: empty ? [] : series(window),
      by_route: empty ? [] : [{ name: "lake > archive", ...figures(912, 1200, 8) }, { name: "lake: STANDARD > STANDARD_IA", ...figures(402, 310, 1) }, { name: "media > lake", ...figures(107, 1490) }],
      by_size: empty ? [] : [{ name: "under 1 MiB", ...figures(1002, 410) }, { name: "1 to 16 MiB", ...figures(310, 880, 4) }, { name: "1 GiB and more", ...figures(12, 92_000, 5) }],
      gauges: empty ? {} : { "consume-1 kafka_lag metrics": 12, "consume-1 kafka_lag mail": 1840, "consume-1 memory_bytes": 141 * 2 ** 20, "api-1 memory_bytes": 318 * 2 ** 20, "api-1 cpu_ratio": 0.14 },
    };
  },
  "GET performance/users": ({ empty }) => ({ users: empty ? [] : [{ name: "team-docs", ...figures(1009, 960, 9) }, { name: "research", ...figures(412, 1100) }] }),
};
