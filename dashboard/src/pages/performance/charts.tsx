import type { ReactElement } from "react";
import type { Performance, Point } from "../../api/performance";
import { ChartCard, TimeLines } from "../../charts/Chart";
import { byteTicks, bytes, count, duration, exactMinute, millis, plural, speed, ticks } from "../../format/format";
import { Empty, SkeletonRows } from "../../ui/states";
import { operationName } from "./operations";

const LINES = [
  { key: "p50", name: "p50", color: "var(--cf-p50)", dash: "dots" },
  { key: "p90", name: "p90", color: "var(--cf-bar)", dash: "dashes" },
  { key: "p95", name: "p95", color: "var(--cf-p95)", dash: "dashes" },
  { key: "p99", name: "p99", color: "var(--cf-p99)" },
] as const;
const HEIGHT = 260;

function steps(answer: Performance): string {
  return `${duration(answer.step_seconds)} a point`;
}

function when(point: Point): string {
  return exactMinute(point.at).replace(/ UTC$/, "");
}

export function LatencyCard({ answer, operation }: { answer: Performance | undefined; operation: string }): ReactElement {
  const points = answer?.series ?? [];
  const timed = points.filter((point) => point.p50_ms != null);
  return (
    <ChartCard
      title="Time taken"
      sub={answer ? `${operationName(operation)}, ${steps(answer)}` : undefined}
      legend={LINES.map((line) => ({ name: line.name, color: line.color, kind: "dash" in line ? line.dash : "line" }))}
      height={HEIGHT}
      foot={answer ? <span>{plural(points.reduce((sum, point) => sum + point.count, 0), "time", "times")} measured in this window</span> : undefined}
      table={() => ({
        head: ["From, UTC", "Count", ...LINES.map((line) => line.name)],
        rows: timed.map((point) => [when(point), count(point.count), millis(point.p50_ms), millis(point.p90_ms), millis(point.p95_ms), millis(point.p99_ms)]),
      })}
    >
      {!answer ? (
        <SkeletonRows rows={6} />
      ) : timed.length ? (
        <TimeLines
          label={`Time taken by ${operationName(operation)}: p99 up to ${millis(Math.max(...timed.map((point) => point.p99_ms ?? 0)))}`}
          points={points.map((point) => ({ at: point.at, values: { p50: point.p50_ms, p90: point.p90_ms, p95: point.p95_ms, p99: point.p99_ms } }))}
          lines={LINES}
          format={millis}
          ticks={(max) => timeTicks(max)}
          height={HEIGHT}
        />
      ) : (
        <Empty icon="history" title="Nothing timed in this window">Choose a longer time, or another operation.</Empty>
      )}
    </ChartCard>
  );
}

/** Round ticks in the unit that the axis will show: milliseconds, seconds, minutes or hours. */
export function timeTicks(max: number): number[] {
  const unit = [3_600_000, 60_000, 1000].find((one) => max >= 1.5 * one) ?? 1;
  return ticks(max / unit).map((tick) => tick * unit);
}

export function ThroughputCard({ answer }: { answer: Performance | undefined }): ReactElement {
  const points = answer?.series ?? [];
  const moved = points.filter((point) => point.bytes_per_second != null || point.done + point.failed > 0);
  return (
    <ChartCard
      title="Throughput"
      word="throughput"
      sub="moves"
      height={HEIGHT}
      table={() => ({ head: ["From, UTC", "Bytes/s", "Done", "Failed"], rows: moved.map((point) => [when(point), speed(point.bytes_per_second), count(point.done), count(point.failed)]) })}
      foot={answer ? <span>{bytes(answer.migrations.bytes)} in {plural(answer.migrations.done, "move")}</span> : undefined}
    >
      {!answer ? (
        <SkeletonRows rows={6} />
      ) : moved.some((point) => point.bytes_per_second != null) ? (
        <TimeLines
          label={`Throughput of moves, up to ${speed(Math.max(...moved.map((point) => point.bytes_per_second ?? 0)))}`}
          points={points.map((point) => ({ at: point.at, values: { rate: point.bytes_per_second } }))}
          lines={[{ key: "rate", name: "Moved", color: "var(--cf-progress)", area: true }]}
          format={speed}
          ticks={(max) => byteTicks(max)}
          height={HEIGHT}
        />
      ) : (
        <Empty icon="inbox" title="Nothing moved in this window">Moves show their speed here while they run.</Empty>
      )}
    </ChartCard>
  );
}
