import type { ReactElement } from "react";
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import type { DayOfReads } from "../api/types";
import { bytes, count, day, shortCount, ticks } from "../format/format";
import { AXIS, ChartTip, GRID } from "./parts";

/** Reads of one file, a bar a day. */
export default function ReadsChart({ days }: { days: readonly DayOfReads[] }): ReactElement {
  const marks = ticks(Math.max(3, ...days.map((one) => one.reads)));
  const total = days.reduce((sum, one) => sum + one.reads, 0);
  return (
    <figure className="cf-chart" role="img" aria-label={`${count(total)} reads in ${days.length} days`}>
      <ResponsiveContainer width="100%" height={150}>
        <BarChart data={days} margin={{ top: 4, right: 24, bottom: 0, left: 0 }} accessibilityLayer={false}>
          <CartesianGrid {...GRID} />
          <XAxis dataKey="day" {...AXIS} tickFormatter={(value: string) => day(value)} minTickGap={48} />
          <YAxis {...AXIS} width={36} ticks={marks} domain={[0, marks.at(-1) ?? 1]} tickFormatter={shortCount} />
          <Tooltip
            cursor={{ fill: "var(--cf-hover)" }}
            isAnimationActive={false}
            content={({ payload }) => {
              const one = payload[0]?.payload as DayOfReads | undefined;
              return one ? <ChartTip title={day(one.day)} rows={[{ name: "Reads", value: count(one.reads) }, { name: "Sent", value: bytes(one.read_bytes) }]} /> : null;
            }}
          />
          <Bar dataKey="reads" fill="var(--cf-bar)" maxBarSize={36} isAnimationActive={false} radius={[1, 1, 0, 0]} />
        </BarChart>
      </ResponsiveContainer>
    </figure>
  );
}
