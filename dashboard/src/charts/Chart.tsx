import { lazy, Suspense, useState, type ReactElement, type ReactNode } from "react";
import { Card } from "../ui/basics";
import { Icon } from "../ui/icons";
import type { Word } from "../words";
import { later } from "./later";

/** Recharts comes in one chunk of its own, with the first chart that somebody looks at, behind the page that it is on. */
export const TimeLines = lazy(later(() => import("./TimeLines")));
export const CostChart = lazy(later(() => import("./CostChart")));
export const StackedDays = lazy(later(() => import("./StackedDays")));

export interface LegendKey {
  name: ReactNode;
  color: string;
  kind?: "line" | "dots" | "dashes" | "band";
  /** A shape in place of a line: a tier's. */
  shape?: ReactElement;
}

export function Legend({ keys }: { keys: readonly LegendKey[] }): ReactElement {
  return (
    <span className="cf-legend">
      {keys.map((key, place) => (
        <span key={place}>
          {key.shape ?? <i className="cf-key" data-dash={key.kind === "dots" || key.kind === "dashes" ? key.kind : undefined} data-band={key.kind === "band" ? "" : undefined} style={{ color: key.color }} aria-hidden="true" />}
          {key.name}
        </span>
      ))}
    </span>
  );
}

export interface Columns {
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

interface Props {
  title: string;
  word?: Word;
  sub?: ReactNode;
  legend?: readonly LegendKey[];
  /** The same figures in words and numbers, for who does not see the picture or wants to copy them. */
  table: () => Columns;
  height?: number;
  foot?: ReactNode;
  /** What is drawn, where there is a choice. */
  choice?: ReactNode;
  tour?: string;
  children: ReactNode;
}

/** A card with a chart that can be read as a table, too. */
export function ChartCard({ title, word, sub, legend, table, height = 260, foot, choice, tour, children }: Props): ReactElement {
  const [asTable, setAsTable] = useState(false);
  return (
    <Card
      title={title}
      word={word}
      sub={sub}
      foot={foot}
      tour={tour}
      side={
        <>
          {choice}
          {legend && !asTable ? <Legend keys={legend} /> : <span className="cf-grow" />}
          <button type="button" className="cf-link cf-row" aria-pressed={asTable} onClick={() => setAsTable(!asTable)} style={{ gap: 4, fontSize: 12 }}>
            <Icon name="table" size={14} />
            {asTable ? "View as chart" : "View as table"}
          </button>
        </>
      }
    >
      {asTable ? <FigureTable title={title} {...table()} height={height} /> : <div style={{ padding: "0 0 12px 8px", minHeight: height }}><Suspense fallback={<div style={{ height }} aria-busy="true" />}>{children}</Suspense></div>}
    </Card>
  );
}

function FigureTable({ title, head, rows, height }: Columns & { title: string; height: number }): ReactElement {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls has to be reachable by keyboard
    <div className="cf-scroll" role="region" aria-label={`${title}, as a table`} tabIndex={0} style={{ height: height + 12 }}>
      <table className="cf-datatable">
        <thead>
          <tr>
            {head.map((cell) => (
              <th key={cell} scope="col">{cell}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, place) => (
            <tr key={place}>
              {row.map((cell, column) => (
                <td key={column}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
