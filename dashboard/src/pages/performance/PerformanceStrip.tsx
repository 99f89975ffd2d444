import type { ReactElement, ReactNode } from "react";
import type { Figures, Performance } from "../../api/performance";
import { count, DASH, millis, percent, plural, speed } from "../../format/format";
import { Strip } from "../../ui/basics";
import { SkeletonFigure } from "../../ui/states";
import { WHOLE_MOVE } from "./operations";

/** "1.2 s" with its unit set smaller. */
function split(text: string): { value: string; unit: string | undefined } {
  const [value = text, ...unit] = text.split("\u00a0");
  return unit.length > 1 ? { value: text, unit: undefined } : { value, unit: unit[0] };
}

export function PerformanceStrip({ answer, figures, operation }: { answer: Performance | undefined; figures: Figures | undefined; operation: string }): ReactElement {
  const time = (value: number | null | undefined): { value: ReactNode; unit?: string } => (answer ? split(millis(value)) : { value: <SkeletonFigure /> });
  const isMove = operation === WHOLE_MOVE;
  const ended = isMove && answer ? answer.migrations.done + answer.migrations.failed : (figures?.count ?? 0);
  const failed = isMove && answer ? answer.migrations.failed : (figures?.failed ?? 0);
  const success = isMove && answer ? answer.migrations.success_rate : ended ? 1 - failed / ended : null;
  const rate = answer ? (success == null ? { value: DASH } : split(percent(success))) : { value: <SkeletonFigure /> };
  return (
    <Strip
      label="Performance in figures"
      cells={[
        { term: "Median, p50", word: "p50", ...time(figures?.p50_ms), note: figures?.p90_ms == null ? "Nothing timed yet" : `p90 ${millis(figures.p90_ms)}` },
        { term: "p95", word: "p95", ...time(figures?.p95_ms), note: figures ? `Of ${count(figures.count)} timed` : " " },
        { term: "p99", word: "p99", ...time(figures?.p99_ms), note: figures?.slowest_ms == null ? " " : `Slowest ${millis(figures.slowest_ms)}` },
        isMove
          ? { term: "Success", word: "success", ...rate, note: ended ? `${failed ? `${count(failed)} failed of` : "All of"} ${plural(ended, "move")}${answer?.migrations.bytes_per_second == null ? "" : `, ${speed(answer.migrations.bytes_per_second)}`}` : "No move has ended", bad: failed > 0 && (success ?? 1) < 0.95 }
          : { term: "Success", ...rate, note: ended ? `${count(failed)} failed of ${count(ended)}` : "None yet", bad: failed > 0 && (success ?? 1) < 0.95 },
      ]}
    />
  );
}
