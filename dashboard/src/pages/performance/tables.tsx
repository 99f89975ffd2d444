import type { ReactElement, ReactNode } from "react";
import type { Figures, Group } from "../../api/performance";
import { bytes, count, millis, percent } from "../../format/format";
import { Card } from "../../ui/basics";
import { DataTable, type Column } from "../../ui/DataTable";
import { gaugeRows, operationName } from "./operations";

type Numbers = Omit<Group, "name">;
const BAD_SHARE = 0.05;

function Errors({ row }: { row: Numbers }): ReactElement {
  const share = row.count ? row.failed / row.count : null;
  return <span className={share != null && share > BAD_SHARE ? "cf-error" : share ? "cf-warn" : "cf-2"}>{percent(share)}</span>;
}

function numbers<T extends Numbers>(): Column<T>[] {
  const soft = (value: ReactNode): ReactElement => <span className="cf-2">{value}</span>;
  return [
    { key: "count", head: "Count", width: "76px", right: true, cell: (row) => soft(count(row.count)) },
    { key: "p50", head: "p50", word: "p50", width: "76px", right: true, cell: (row) => soft(millis(row.p50_ms)) },
    { key: "p90", head: "p90", width: "76px", right: true, wideOnly: true, cell: (row) => soft(millis(row.p90_ms)) },
    { key: "p95", head: "p95", word: "p95", width: "76px", right: true, cell: (row) => soft(millis(row.p95_ms)) },
    { key: "p99", head: "p99", word: "p99", width: "76px", right: true, strong: true, cell: (row) => millis(row.p99_ms) },
  ];
}

function card(name: ReactNode, row: Numbers): ReactElement {
  return (
    <>
      <div className="cf-row">
        <span className="cf-grow" style={{ fontWeight: 500, overflowWrap: "anywhere" }}>{name}</span>
        <b className="cf-strong cf-num cf-nowrap">{millis(row.p99_ms)}</b>
      </div>
      <div className="cf-row cf-meta cf-2 cf-num cf-wrap">
        <span>{count(row.count)} ×</span>
        <span>p50 {millis(row.p50_ms)}</span>
        <span>p90 {millis(row.p90_ms)}</span>
        <span>p95 {millis(row.p95_ms)}</span>
        <span className="cf-grow cf-right">Errors <Errors row={row} /></span>
      </div>
    </>
  );
}

export function OperationTable({ rows, operation, onOperation }: { rows: readonly Figures[]; operation: string; onOperation: (operation: string) => void }): ReactElement {
  const name = (row: Figures): ReactElement => (
    <button type="button" className="cf-open" aria-pressed={row.operation === operation} onClick={() => onOperation(row.operation)}>
      <span className="cf-name cf-ellipsis">{operationName(row.operation)}</span>
    </button>
  );
  const columns: Column<Figures>[] = [
    { key: "name", head: "Operation", width: "minmax(0, 1fr)", cell: name },
    ...numbers<Figures>(),
    { key: "slowest", head: "Slowest", width: "84px", right: true, wideOnly: true, cell: (row) => <span className="cf-2">{millis(row.slowest_ms)}</span> },
    { key: "errors", head: "Errors", width: "72px", right: true, cell: (row) => <Errors row={row} /> },
  ];
  return <DataTable label="Operations" rows={rows} rowKey={(row) => row.operation} columns={columns} rowHeight={36} openId={operation} onOpen={(row) => onOperation(row.operation)} card={(row) => card(name(row), row)} />;
}

export function GroupTable({ label, rows }: { label: string; rows: readonly Group[] }): ReactElement {
  const [counted, p50, , , p99] = numbers<Group>();
  const columns = [
    { key: "name", head: label.replace(/^By (.)/, (_, letter: string) => letter.toUpperCase()), width: "minmax(0, 1fr)", cell: (row: Group) => <span className="cf-ellipsis" title={row.name} style={{ display: "block" }}>{row.name}</span> },
    ...[counted, p50, p99].filter((column) => column !== undefined).map((column) => ({ ...column, width: "60px" })),
    { key: "bytes", head: "Bytes", width: "60px", right: true, wideOnly: true, cell: (row: Group) => <span className="cf-2">{bytes(row.size_bytes)}</span> },
    { key: "errors", head: "Errors", width: "50px", right: true, cell: (row: Group) => <Errors row={row} /> },
  ];
  return <DataTable label={label} rows={rows} rowKey={(row) => row.name} columns={columns} rowHeight={36} card={(row) => card(row.name, row)} />;
}

export function Gauges({ gauges }: { gauges: Readonly<Record<string, number>> }): ReactElement {
  const rows = gaugeRows(gauges);
  return (
    <Card title="The platform itself" sub="newest figure of each process">
      <div className="cf-plainbox">
        <table className="cf-plain">
          <thead>
            <tr><th scope="col">Process</th><th scope="col">What</th><th scope="col" data-right="">Now</th></tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.key}>
                <td data-name="" className="cf-mono cf-nowrap">{row.process}</td>
                <td>{row.name}</td>
                <td data-right="" data-strong=""><span className={row.isHigh ? "cf-error" : undefined}>{row.value}</span></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
