import { useMemo, type ReactElement } from "react";
import { Area, CartesianGrid, ComposedChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { day } from "../format/format";
import { AXIS, ChartTip, CURSOR, GRID } from "./parts";
import type { CostPart } from "./CostChart";

export interface DayPoint {
  day: string;
  /** By part; null on a day that nothing is known of. */
  parts: Record<string, number> | null;
}

interface Props {
  points: readonly DayPoint[];
  /** From the bottom to the top. */
  parts: readonly CostPart[];
  format: (value: number) => string;
  ticks: (max: number) => number[];
  label: string;
  height?: number;
}

/** What there was on each day, stacked. A day that nothing is known of leaves a gap. */
export default function StackedDays({ points, parts, format, ticks, label, height = 220 }: Props): ReactElement {
  const rows = useMemo(() => points.map((point) => ({ day: point.day, ...(point.parts ?? Object.fromEntries(parts.map((part) => [part.key, null]))) })), [points, parts]);
  const top = Math.max(0, ...points.map((point) => sum(point.parts)));
  const marks = ticks(top > 0 ? top : 1);
  return (
    <figure className="cf-chart" role="img" aria-label={label}>
      <ResponsiveContainer width="100%" height={height}>
        <ComposedChart data={rows} margin={{ top: 8, right: 24, bottom: 0, left: 0 }} accessibilityLayer={false}>
          <CartesianGrid {...GRID} />
          <XAxis dataKey="day" {...AXIS} minTickGap={56} tickFormatter={(value: string) => day(value)} />
          <YAxis {...AXIS} width={64} ticks={marks} domain={[0, marks.at(-1) ?? 1]} tickFormatter={format} />
          <Tooltip cursor={CURSOR} isAnimationActive={false} content={({ payload }) => tip(points.find((point) => point.day === (payload[0]?.payload as { day?: string } | undefined)?.day), parts, format)} />
          {parts.map((part) => (
            <Area key={part.key} dataKey={part.key} stackId="day" type="linear" stroke={part.color} strokeWidth={1.75} fill={part.color} fillOpacity={0.2} dot={false} activeDot={{ r: 3, strokeWidth: 0 }} isAnimationActive={false} connectNulls={false} />
          ))}
        </ComposedChart>
      </ResponsiveContainer>
    </figure>
  );
}

function sum(parts: Record<string, number> | null): number {
  return Object.values(parts ?? {}).reduce((all, one) => all + one, 0);
}

function tip(point: DayPoint | undefined, parts: readonly CostPart[], format: (value: number) => string): ReactElement | null {
  if (!point?.parts) return null;
  const known = point.parts;
  return <ChartTip title={day(point.day)} rows={[...[...parts].reverse().map((part) => ({ name: part.name, value: format(known[part.key] ?? 0) })), { name: "Together", value: format(sum(known)) }]} />;
}
