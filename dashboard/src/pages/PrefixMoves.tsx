import Button from "@mui/material/Button";
import { useState, type ReactElement } from "react";
import { applyPrefix } from "../api/actions";
import { PAGE } from "../api/early";
import { KEYS, usePathOf, usePrefixes, useProviderOf, useWrite } from "../api/queries";
import type { PrefixMove } from "../api/types";
import { bytes, count, money, plural } from "../format/format";
import { Answered } from "../ui/Answered";
import { Card, Cloud, Path, Tip } from "../ui/basics";
import { Confirm } from "../ui/Confirm";
import { DataTable, type Column } from "../ui/DataTable";
import { Empty } from "../ui/states";
import { MoveOf } from "./MoveOf";
import { paybackWords, worstWords } from "./recommendationMath";
import { useTellStarted } from "./useTellStarted";

const keyOf = (row: PrefixMove): string => [row.owner, row.location_id, row.prefix, row.from_class, row.to_location_id, row.to_class].join("\n");

/** The open moves, added up: what the files of one owner below a prefix have to do alike is one row. */
export function PrefixMoves({ location }: { location: string | null }): ReactElement {
  const found = usePrefixes(location);
  const [applying, setApplying] = useState<PrefixMove | null>(null);
  return (
    <Card label="Moves by prefix">
      <Answered query={found} what="Recommendations" rows={10}>
        {(rows) =>
          rows.length ? (
            <>
              <PrefixTable rows={rows} onApply={setApplying} />
              {rows.length >= PAGE && <p className="cf-meta cf-2" style={{ padding: "8px 16px" }}>The {count(rows.length)} greatest savings. Choose a location, or apply some, to see more.</p>}
            </>
          ) : (
            <Empty icon="tiers" title={location ? `Nothing to decide in ${location}` : "Nothing to decide"}>Every file lies where it is cheapest, as far as its reads tell. New advice comes after the next classification.</Empty>
          )
        }
      </Answered>
      {applying && <ApplyPrefix row={applying} onClose={() => setApplying(null)} />}
    </Card>
  );
}

function PrefixTable({ rows, onApply }: { rows: readonly PrefixMove[]; onApply: (row: PrefixMove) => void }): ReactElement {
  const pathOf = usePathOf();
  const providerOf = useProviderOf();
  const isOfSeveral = new Set(rows.map((row) => row.owner)).size > 1;
  const act = (row: PrefixMove): ReactElement => <Tip word="apply"><Button variant="text" size="small" onClick={() => onApply(row)}>Apply…</Button></Tip>;
  const where = (row: PrefixMove): ReactElement => (
    <span className="cf-row">
      <Cloud provider={providerOf(row.location_id)} />
      <Path path={pathOf({ location_id: row.location_id, name: row.prefix })} />
      {isOfSeveral && <span className="cf-2 cf-meta cf-nowrap">of {row.owner}</span>}
    </span>
  );
  const columns: Column<PrefixMove>[] = [
    { key: "prefix", head: "Prefix", width: "minmax(0, 1fr)", cell: where },
    { key: "files", head: "Files", width: "150px", right: true, cell: (row) => <span className="cf-2">{plural(row.count, "file")}, {bytes(row.size_bytes)}</span> },
    { key: "move", head: "Move", width: "150px", cell: (row) => <MoveOf row={row} /> },
    { key: "saves", head: "Saves /mo", word: "saves", width: "88px", right: true, strong: true, cell: (row) => money(row.saves_per_month, true) },
    { key: "low", head: "At least", width: "80px", right: true, wideOnly: true, cell: (row) => <span className="cf-2">{money(row.saves_low, true)}</span> },
    { key: "once", head: "Once", word: "once", width: "76px", right: true, cell: (row) => <span className="cf-2">{money(row.once, true)}</span> },
    { key: "back", head: "Pays back", word: "paysBack", width: "80px", right: true, wideOnly: true, cell: (row) => <span className="cf-2">{paybackWords(row.pays_back_days)}</span> },
    { key: "worst", head: "Worst /mo", word: "worst", width: "84px", right: true, wideOnly: true, cell: (row) => <span className="cf-2">{money(row.worst_per_month, true)}</span> },
    { key: "act", head: <span className="cf-hidden">Actions</span>, width: "84px", right: true, cell: act },
  ];
  return (
    <DataTable
      label="Moves by prefix"
      rows={rows}
      rowKey={keyOf}
      columns={columns}
      cardHeight={112}
      card={(row) => (
        <>
          {where(row)}
          <div className="cf-row cf-meta cf-2 cf-num" style={{ margin: "4px 0 8px" }}>{plural(row.count, "file")}, {bytes(row.size_bytes)}</div>
          <div className="cf-row"><MoveOf row={row} /><span className="cf-grow" /><b className="cf-strong cf-num">{money(row.saves_per_month, true)} /mo</b>{act(row)}</div>
        </>
      )}
    />
  );
}

function ApplyPrefix({ row, onClose }: { row: PrefixMove; onClose: () => void }): ReactElement {
  const tell = useTellStarted();
  const apply = useWrite(applyPrefix, [KEYS.recommendations, KEYS.migrations], (started) => {
    tell(started, row.count, (rest) => `${plural(rest, "file waits", "files wait")}: apply again for the next`);
    onClose();
  });
  // How many one request may move is the server's to say: of several, the whole price may not be what this click costs.
  const upTo = row.count > 1 ? "up to " : "";
  return (
    <Confirm
      open
      title={`Move ${upTo}${plural(row.count, "file")} below ${row.prefix || "the top"}?`}
      error={apply.error}
      onClose={onClose}
      actions={<Button variant="contained" color="primary" onClick={() => apply.mutate(row)} loading={apply.isPending}>Apply and pay {upTo}{money(row.once, true)}</Button>}
    >
      <p>Done for all, it saves {money(row.saves_per_month, true)} a month, nine times out of ten {money(row.saves_low, true)} at least. If all get as busy as in their busiest month, it {worstWords(row.worst_per_month)}.</p>
      <p>Starts now with the greatest savings, as many files as one request may move. Files stay readable throughout.</p>
    </Confirm>
  );
}
