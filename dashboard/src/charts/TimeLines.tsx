import { useMemo, type ReactElement } from "react";
import { Area, CartesianGrid, ComposedChart, Line, ReferenceArea, ReferenceLine, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { DAY, day, exactTime, minute, roundUp, ticks as roundTicks } from "../format/format";
import { AXIS, ChartTip, CURSOR, GRID } from "./parts";
import { spanOf, thin } from "./thin";

export interface TimePoint {
  at: string;
  values: Record<string, number | null>;
}

export interface TimeLine {
  key: string;
  name: string;
  /** A CSS colour; a token as `var(--cf-p50)`. */
  color: string;
  dash?: "dots" | "dashes";
  area?: boolean;
  thick?: boolean;
}

export interface TimeLinesProps {
  points: readonly TimePoint[];
  lines: readonly TimeLine[];
  format: (value: number) => string;
  /** Ticks from 0 to at least the given maximum. */
  ticks?: (max: number) => number[];
  label: string;
  height?: number;
  threshold?: { value: number; name: string };
  /** From when to when something was wrong. */
  marks?: readonly { from: string; until: string }[];
}

const DASHES = { dots: "1.5 3", dashes: "5 3" } as const;
const TWO_DAYS = 2 * DAY;

/** Values over time as lines, told apart by dash as well as by colour. Gaps stay gaps. */
export default function TimeLines({ points, lines, format, ticks = (max) => roundTicks(max), label, height = 260, threshold, marks = [] }: TimeLinesProps): ReactElement {
  const main = lines.at(-1)?.key ?? "";
  const rows = useMemo(() => thin(points, (point) => point.values[main]).map((point): Row => ({ time: Date.parse(point.at), ...point.values })), [points, main]);
  const top = Math.max(threshold?.value ?? 0, ...points.flatMap((point) => lines.map((line) => point.values[line.key] ?? 0)));
  const marksOnAxis = ticks(top > 0 ? top : roundUp(1));
  const isLong = spanOf(points) > TWO_DAYS;
  return (
    <figure className="cf-chart" role="img" aria-label={label}>
      <ResponsiveContainer width="100%" height={height}>
        <ComposedChart data={rows} margin={{ top: 8, right: 24, bottom: 0, left: 0 }} accessibilityLayer={false}>
          <CartesianGrid {...GRID} />
          <XAxis dataKey="time" type="number" scale="time" domain={["dataMin", "dataMax"]} {...AXIS} minTickGap={56} tickFormatter={(value: number) => (isLong ? day(value) : minute(value))} />
          <YAxis {...AXIS} width={64} ticks={marksOnAxis} domain={[0, marksOnAxis.at(-1) ?? 1]} tickFormatter={format} />
          {marks.map((mark) => (
            <ReferenceArea key={mark.from} x1={Date.parse(mark.from)} x2={Date.parse(mark.until)} fill="var(--cf-error)" fillOpacity={0.1} ifOverflow="hidden" />
          ))}
          {threshold && <ReferenceLine y={threshold.value} stroke="var(--cf-error)" strokeDasharray="4 3" label={{ value: `${threshold.name} ${format(threshold.value)}`, position: "insideBottomLeft", fill: "var(--cf-error)", fontSize: 11 }} />}
          <Tooltip
            cursor={CURSOR}
            isAnimationActive={false}
            content={({ payload, label: time }) =>
              payload.length ? <ChartTip title={exactTime(new Date(Number(time)).toISOString())} rows={[...lines].reverse().map((line) => ({ name: line.name, value: tell(payload[0]?.payload as Record<string, number | null>, line.key, format) }))} /> : null
            }
          />
          {lines.filter((line) => line.area).map((line) => (
            <Area key={`${line.key}-area`} dataKey={line.key} stroke="none" fill={line.color} fillOpacity={0.12} isAnimationActive={false} activeDot={false} tooltipType="none" />
          ))}
          {lines.map((line) => (
            <Line key={line.key} dataKey={line.key} stroke={line.color} strokeWidth={line.thick === false ? 1.5 : 1.75} strokeDasharray={line.dash ? DASHES[line.dash] : undefined} dot={dotsOf(rows, line)} activeDot={{ r: 3, strokeWidth: 0 }} isAnimationActive={false} connectNulls={false} />
          ))}
        </ComposedChart>
      </ResponsiveContainer>
    </figure>
  );
}

type Row = { time: number } & Record<string, number | null>;

/** A value without a neighbour makes no line, and would not be seen: it is drawn as a dot. */
export function dotsOf(rows: readonly Row[], { key, color }: TimeLine): false | ((dot: { cx?: number; cy?: number; index: number }) => ReactElement) {
  const isAlone = rows.map((row, place) => row[key] != null && rows[place - 1]?.[key] == null && rows[place + 1]?.[key] == null);
  if (!isAlone.includes(true)) return false;
  return ({ cx, cy, index }) => (isAlone[index] ? <circle key={index} cx={cx} cy={cy} r={2.5} fill={color} /> : <g key={index} />);
}

function tell(row: Record<string, number | null>, key: string, format: (value: number) => string): string {
  const value = row[key];
  return value == null ? "–" : format(value);
}
