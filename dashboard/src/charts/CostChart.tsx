import { useMemo, type ReactElement } from "react";
import { Area, Bar, CartesianGrid, ComposedChart, Line, ReferenceLine, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { day, money, ticks } from "../format/format";
import { AXIS, ChartTip, GRID } from "./parts";

export interface CostPoint {
  day: string;
  /** What was paid, by part; nothing of it on days to come. */
  parts: Record<string, number>;
  forecast?: { middle: number; low: number; high: number };
}

export interface CostPart {
  key: string;
  name: string;
  color: string;
}

export interface CostChartProps {
  points: readonly CostPoint[];
  /** From the bottom to the top. */
  parts: readonly CostPart[];
  label: string;
  budget?: number | null;
  height?: number;
}

/** What storage cost a day, stacked, and what it will cost: a dashed line in a band. */
export default function CostChart({ points, parts, label, budget, height = 280 }: CostChartProps): ReactElement {
  const rows = useMemo(
    () => points.map((point) => ({ day: point.day, ...point.parts, middle: point.forecast?.middle ?? null, band: point.forecast ? [point.forecast.low, point.forecast.high] : null })),
    [points],
  );
  const top = Math.max(0, budget ?? 0, ...points.map((point) => Math.max(point.forecast?.high ?? 0, sum(point.parts))));
  const marks = ticks(top > 0 ? top : 1, 4);
  return (
    <figure className="cf-chart" role="img" aria-label={label}>
      <ResponsiveContainer width="100%" height={height}>
        <ComposedChart data={rows} margin={{ top: 8, right: 24, bottom: 0, left: 0 }} accessibilityLayer={false} barCategoryGap="12%">
          <CartesianGrid {...GRID} />
          <XAxis dataKey="day" {...AXIS} minTickGap={48} tickFormatter={(value: string) => day(value)} />
          <YAxis {...AXIS} width={60} ticks={marks} domain={[0, marks.at(-1) ?? 1]} tickFormatter={(value: number) => axisMoney(value, marks.at(-1) ?? 1)} />
          <Tooltip cursor={{ fill: "var(--cf-hover)" }} isAnimationActive={false} content={({ payload }) => tip(points.find((point) => point.day === (payload[0]?.payload as { day?: string } | undefined)?.day), parts)} />
          <Area dataKey="band" stroke="none" fill="var(--cf-progress)" fillOpacity={0.18} isAnimationActive={false} activeDot={false} />
          {parts.map((part) => (
            <Bar key={part.key} dataKey={part.key} stackId="cost" fill={part.color} fillOpacity={0.88} stroke="var(--cf-card)" strokeWidth={rows.length > 60 ? 0 : 1} maxBarSize={36} isAnimationActive={false} />
          ))}
          <Line dataKey="middle" stroke="var(--cf-progress)" strokeWidth={1.75} strokeDasharray="4 3" dot={false} activeDot={{ r: 3, strokeWidth: 0 }} isAnimationActive={false} />
          {budget != null && <ReferenceLine y={budget} stroke="var(--cf-error)" strokeDasharray="4 3" label={{ value: `budget ${money(budget)}`, position: "insideTopRight", fill: "var(--cf-error)", fontSize: 11 }} />}
        </ComposedChart>
      </ResponsiveContainer>
    </figure>
  );
}

function sum(parts: Record<string, number>): number {
  return Object.values(parts).reduce((all, one) => all + one, 0);
}

function axisMoney(value: number, top: number): string {
  return top >= 20 || value === 0 ? `$${Math.round(value).toLocaleString("en-US")}` : `$${String(Number(value.toPrecision(3)))}`;
}

function tip(point: CostPoint | undefined, parts: readonly CostPart[]): ReactElement | null {
  if (!point) return null;
  const paid = Object.keys(point.parts).length > 0;
  const rows = paid
    ? [...[...parts].reverse().map((part) => ({ name: part.name, value: money(point.parts[part.key] ?? 0, true) })), { name: "Together", value: money(sum(point.parts), true) }]
    : [
        { name: "Forecast", value: money(point.forecast?.middle, true) },
        { name: "80 % likely", value: `${money(point.forecast?.low, true)} to ${money(point.forecast?.high, true)}` },
      ];
  return <ChartTip title={day(point.day)} rows={rows} />;
}
