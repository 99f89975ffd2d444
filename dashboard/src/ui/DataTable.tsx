import Checkbox from "@mui/material/Checkbox";
import { useVirtualizer } from "@tanstack/react-virtual";
import { Fragment, useEffect, useRef, type CSSProperties, type MouseEvent, type ReactElement, type ReactNode } from "react";
import { Tip } from "./basics";
import { Icon } from "./icons";
import { useWidth } from "./useWidth";
import type { Word } from "../words";

export interface Column<T> {
  key: string;
  head: ReactNode;
  word?: Word;
  /** A track of `grid-template-columns`. */
  width: string;
  right?: boolean;
  strong?: boolean;
  /** Left out where there is no room. */
  wideOnly?: boolean;
  /** The name that the API sorts by. */
  sort?: string;
  cell: (row: T) => ReactNode;
}

export interface Sorting {
  by: string;
  descending: boolean;
  onSort: (by: string, descending: boolean) => void;
}

export interface Selection<T> {
  ids: ReadonlySet<string>;
  label: (row: T) => string;
  toggle: (rows: readonly T[], on: boolean) => void;
  allowed?: (row: T) => boolean;
}

export interface DataTableProps<T> {
  label: string;
  rows: readonly T[];
  rowKey: (row: T) => string;
  columns: readonly Column<T>[];
  /** The same row where there is room for a card only. */
  card: (row: T) => ReactNode;
  cardHeight?: number;
  rowHeight?: number;
  onOpen?: (row: T) => void;
  openId?: string | null;
  bad?: (row: T) => boolean;
  selection?: Selection<T>;
  sorting?: Sorting;
  /** Below the row, when it is open in place. */
  expanded?: (row: T) => ReactNode;
  /** Scrolls inside this height and draws only the visible rows, each as high as what it holds. */
  height?: string;
  onEnd?: () => void;
}

const TAIL = 20;
const ROW_HEIGHT = 40;

/** A table of grid rows: it sorts, selects, opens, virtualises when it is long, and turns into cards on a phone. */
export function DataTable<T>(props: DataTableProps<T>): ReactElement {
  const width = useWidth();
  const narrow = width === "narrow";
  const columns = props.columns.filter((column) => width === "wide" || !column.wideOnly);
  const tracks = [...(props.selection ? ["28px"] : []), ...columns.map((column) => column.width)].join(" ");
  const style = { "--cf-cols": tracks } as CSSProperties;
  const head = narrow ? null : <Head {...props} columns={columns} />;
  const row = (one: T, place: number): ReactElement => <Row key={props.rowKey(one)} {...props} columns={columns} row={one} place={place} narrow={narrow} />;
  if (props.height) return <VirtualRows {...props} head={head} style={style} narrow={narrow} row={row} />;
  return (
    <div className="cf-table" role="table" aria-label={props.label} style={style}>
      {head}
      <div role="rowgroup">
        {props.rows.map((one, place) => (
          <Fragment key={props.rowKey(one)}>{row(one, place)}</Fragment>
        ))}
      </div>
    </div>
  );
}

function VirtualRows<T>(props: DataTableProps<T> & { head: ReactNode; style: CSSProperties; narrow: boolean; row: (row: T, place: number) => ReactElement }): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const rowHeight = props.narrow ? (props.cardHeight ?? 92) : (props.rowHeight ?? ROW_HEIGHT);
  const virtual = useVirtualizer({
    count: props.rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollMargin: props.narrow ? 0 : 33,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const { onEnd, rows } = props;
  useEffect(() => {
    virtual.measure();
  }, [virtual, rowHeight]);
  useEffect(() => {
    if (last >= rows.length - TAIL) onEnd?.();
  }, [last, rows.length, onEnd]);
  const top = items[0] ? items[0].start - virtual.options.scrollMargin : 0;
  return (
    // A scrollable region has to be reachable by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="cf-scroll" ref={box} style={{ ...props.style, maxHeight: props.height, borderRadius: 8 }} role="region" aria-label={`${props.label}, scrollable`} tabIndex={0}>
      <div className="cf-table" role="table" aria-label={props.label} aria-rowcount={-1}>
        {props.head}
        <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: "relative" }}>
          <div role="presentation" style={{ position: "absolute", insetInline: 0, top: 0, transform: `translateY(${top}px)` }}>
            {items.map((item) => {
              const one = props.rows[item.index];
              return one === undefined ? null : (
                <div key={props.rowKey(one)} role="presentation" data-index={item.index} ref={virtual.measureElement} style={{ display: "flow-root" }}>
                  {props.row(one, item.index)}
                </div>
              );
            })}
          </div>
        </div>
      </div>
    </div>
  );
}

function Head<T>({ columns, selection, rows, sorting, rowKey }: DataTableProps<T>): ReactElement {
  const allowed = selection?.allowed ? rows.filter(selection.allowed) : rows;
  const chosen = selection ? allowed.filter((row) => selection.ids.has(rowKey(row))).length : 0;
  return (
    <div className="cf-thead" role="rowgroup">
      <div className="cf-tr" role="row">
        {selection && (
          <span role="columnheader">
            <Checkbox
              slotProps={{ input: { "aria-label": "Select all rows shown" } }}
              sx={{ ml: "-4px" }}
              checked={chosen > 0 && chosen === allowed.length}
              indeterminate={chosen > 0 && chosen < allowed.length}
              onChange={() => selection.toggle(allowed, chosen < allowed.length)}
            />
          </span>
        )}
        {columns.map((column) => (
          <HeadCell key={column.key} column={column} sorting={sorting} />
        ))}
      </div>
    </div>
  );
}

function HeadCell<T>({ column, sorting }: { column: Column<T>; sorting: Sorting | undefined }): ReactElement {
  const on = Boolean(column.sort && sorting?.by === column.sort);
  const content = <span>{column.head}</span>;
  const explained = column.word ? <Tip word={column.word}>{content}</Tip> : content;
  const sort = column.sort;
  return (
    <div role="columnheader" className={column.right ? "cf-right" : undefined} aria-sort={on ? (sorting?.descending ? "descending" : "ascending") : undefined}>
      {sort && sorting ? (
        <button type="button" className="cf-sort" data-on={on ? "" : undefined} onClick={() => sorting.onSort(sort, on ? !sorting.descending : Boolean(column.right))}>
          {explained}
          {on && <Icon name={sorting.descending ? "sortDown" : "sortUp"} size={14} />}
        </button>
      ) : (
        explained
      )}
    </div>
  );
}

function Row<T>(props: DataTableProps<T> & { row: T; place: number; narrow: boolean }): ReactElement {
  const { row, selection, onOpen, narrow } = props;
  const id = props.rowKey(row);
  const chosen = selection?.ids.has(id) ?? false;
  const open = (event: MouseEvent<HTMLElement>): void => {
    const target = event.target as HTMLElement;
    // Buttons, links and boxes inside the row do their own work; a dialog that one of them opened lies outside.
    if (event.currentTarget.contains(target) && !target.closest("a,button,input,label")) onOpen?.(row);
  };
  const box = selection && (
    <span role={narrow ? undefined : "cell"}>
      <Checkbox
        slotProps={{ input: { "aria-label": `Select ${selection.label(row)}` } }}
        sx={{ ml: "-4px" }}
        checked={chosen}
        disabled={selection.allowed ? !selection.allowed(row) : false}
        onChange={() => selection.toggle([row], !chosen)}
      />
    </span>
  );
  const below = props.expanded?.(row);
  if (narrow) {
    return (
      // Mouse convenience: the name inside is a button that does the same.
      // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
      <div role="row" className="cf-cardrow" data-rowid={id} onClick={open} data-selected={chosen || props.openId === id ? "" : undefined} data-bad={props.bad?.(row) ? "" : undefined}>
        <div role="cell" className="cf-row" style={{ alignItems: "flex-start", gap: 4 }}>
          {box}
          <div className="cf-grow">
            {props.card(row)}
            {below}
          </div>
        </div>
      </div>
    );
  }
  return (
    <>
      {/* Mouse convenience: the name inside is a button that does the same. */}
      {/* eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus */}
      <div
        className="cf-tr"
        role="row"
        aria-rowindex={props.place + 2}
        data-rowid={id}
        data-opens={onOpen ? "" : undefined}
        data-selected={chosen || props.openId === id ? "" : undefined}
        data-bad={props.bad?.(row) ? "" : undefined}
        style={{ minHeight: props.rowHeight ?? ROW_HEIGHT }}
        onClick={open}
      >
        {box}
        {props.columns.map((column) => (
          <div key={column.key} role="cell" className={`${column.right ? "cf-right cf-num" : ""} ${column.strong ? "cf-strong" : ""}`}>
            {column.cell(row)}
          </div>
        ))}
      </div>
      {below && (
        <div role="row" style={{ background: chosen ? "var(--cf-selected)" : undefined }}>
          <div role="cell">{below}</div>
        </div>
      )}
    </>
  );
}
