import type { ReactElement, ReactNode } from "react";

/** What every chart shares: axes without lines, ticks in the third text colour, a cursor of one pixel. */
export const AXIS = { axisLine: false, tickLine: false, tick: { fontSize: 11, fill: "var(--cf-text3)" } } as const;
export const GRID = { vertical: false, stroke: "var(--cf-line)" } as const;
export const CURSOR = { stroke: "var(--cf-edge)", strokeWidth: 1 } as const;

export interface TipRow {
  name: ReactNode;
  value: string;
}

export function ChartTip({ title, rows }: { title: string; rows: readonly TipRow[] }): ReactElement {
  return (
    <div className="cf-tip">
      <b className="cf-strong">{title}</b>
      {rows.map((row, place) => (
        <div key={place}>
          <span>{row.name}</span>
          <b className="cf-num">{row.value}</b>
        </div>
      ))}
    </div>
  );
}
