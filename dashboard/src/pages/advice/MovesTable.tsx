import Button from "@mui/material/Button";
import IconButton from "@mui/material/IconButton";
import type { ReactElement } from "react";
import { useNavigate } from "react-router-dom";
import { PAGE } from "../../api/early";
import type { Listing } from "../../api/listing";
import { usePathOf, useProviderOf } from "../../api/queries";
import type { Recommendation } from "../../api/types";
import { bytes, money } from "../../format/format";
import { sentence } from "../../format/words";
import { to } from "../../shell/nav";
import { Cloud, Path, Tip } from "../../ui/basics";
import { DataTable, type Column } from "../../ui/DataTable";
import { Icon } from "../../ui/icons";
import { Empty, Failure, SkeletonRows } from "../../ui/states";
import { useUrl } from "../../ui/useUrl";
import { FileOf } from "../FileOf";
import { MoveOf } from "../MoveOf";
import { paybackWords } from "../recommendationMath";
import type { State } from "./states";
import { Why } from "./Why";

interface TableProps {
  list: Listing<Recommendation>;
  rows: readonly Recommendation[];
  state: State;
  chosen: ReadonlySet<string>;
  toggle: (rows: readonly Recommendation[], on: boolean) => void;
  onApply: (row: Recommendation) => void;
  onDismiss: (row: Recommendation) => void;
  filtered: boolean;
}

export function MovesTable({ list, rows, state, chosen, toggle, onApply, onDismiss, filtered }: TableProps): ReactElement {
  const pathOf = usePathOf();
  const providerOf = useProviderOf();
  const navigate = useNavigate();
  const [opened, setOpened] = useUrl("open");
  if (list.error) return <Failure error={list.error} what="Recommendations" again={list.refetch} />;
  if (list.isPending) return <SkeletonRows rows={10} />;
  if (!rows.length) {
    if (filtered) return <Empty title="No moves match">No {state} move fits these filters. Drop one to see more.</Empty>;
    return state === "open" ? (
      <Empty icon="tiers" title="Nothing to decide" actions={<Button onClick={() => void navigate(to("files"))}>Look at your files</Button>}>
        Every file lies where it is cheapest, as far as its reads tell. New advice comes after the next classification.
      </Empty>
    ) : (
      <Empty title={`Nothing ${state} yet`} actions={<Button onClick={() => void navigate(to("recommendations"))}>Show open moves</Button>}>
        Moves you {state === "applied" ? "apply" : "dismiss"} are kept here.
      </Empty>
    );
  }
  const open = (row: Recommendation): void => setOpened(opened === row.recommendation_id ? null : row.recommendation_id);
  const columns: Column<Recommendation>[] = [
    {
      key: "file",
      head: "File",
      width: "minmax(0, 1fr)",
      cell: (row) => (
        <FileOf row={row}>
          <IconButton size="small" aria-label={opened === row.recommendation_id ? "Hide details" : "Show details"} aria-expanded={opened === row.recommendation_id} onClick={() => open(row)} sx={{ ml: -1 }}>
            <Icon name={opened === row.recommendation_id ? "down" : "right"} size={16} />
          </IconButton>
        </FileOf>
      ),
    },
    { key: "move", head: "Move", width: "150px", cell: (row) => <MoveOf row={row} /> },
    { key: "why", head: "Main reason", word: "mainReason", width: "minmax(0, 200px)", wideOnly: true, cell: (row) => <span className="cf-2 cf-ellipsis" style={{ display: "block" }} title={row.reasons[0]}>{sentence(row.reasons[0] ?? "–")}</span> },
    { key: "saves", head: "Saves /mo", word: "saves", width: "88px", right: true, strong: true, cell: (row) => money(row.saves_per_month, true) },
    { key: "once", head: "Once", word: "once", width: "76px", right: true, cell: (row) => <span className="cf-2">{money(row.once, true)}</span> },
    { key: "back", head: "Pays back", word: "paysBack", width: "80px", right: true, wideOnly: true, cell: (row) => <span className="cf-2">{paybackWords(row.pays_back_days)}</span> },
    { key: "worst", head: "Worst /mo", word: "worst", width: "84px", right: true, wideOnly: true, cell: (row) => <span className="cf-2">{money(row.worst_per_month, true)}</span> },
    ...(state === "applied" ? [{ key: "real", head: "Realised", word: "realised", width: "88px", right: true, cell: (row: Recommendation) => (row.realised ? money(row.realised.usd_per_month, true) : <span className="cf-3">not yet</span>) } satisfies Column<Recommendation>] : []),
    ...(state === "open"
      ? ([
          {
            key: "act",
            head: <span className="cf-hidden">Actions</span>,
            width: "140px",
            right: true,
            cell: (row) => (
              <span className="cf-row" style={{ gap: 0, justifyContent: "flex-end" }}>
                <Tip word="apply"><Button variant="text" size="small" onClick={() => onApply(row)}>Apply…</Button></Tip>
                <Tip word="dismiss"><Button variant="text" size="small" sx={{ color: "var(--cf-text2)" }} onClick={() => onDismiss(row)}>Dismiss</Button></Tip>
              </span>
            ),
          },
        ] satisfies Column<Recommendation>[])
      : []),
  ];
  return (
    <DataTable
      label="Moves"
      rows={rows}
      rowKey={(row) => row.recommendation_id}
      columns={columns}
      height={rows.length >= PAGE ? "max(320px, calc(100dvh - 320px))" : undefined}
      rowHeight={40}
      cardHeight={136}
      onEnd={list.loadMore}
      onOpen={open}
      selection={state === "open" ? { ids: chosen, label: (row) => row.name, toggle } : undefined}
      expanded={(row) => (opened === row.recommendation_id ? <Why row={row} /> : null)}
      card={(row) => (
        <>
          <button type="button" className="cf-open" onClick={() => open(row)} aria-expanded={opened === row.recommendation_id}><Path path={pathOf(row)} /></button>
          <div className="cf-row cf-meta cf-2 cf-num" style={{ margin: "4px 0 8px" }}><Cloud provider={providerOf(row.location_id)} /> {bytes(row.size_bytes)}</div>
          <div className="cf-row"><MoveOf row={row} /><span className="cf-grow" /><b className="cf-strong cf-num">{money(row.saves_per_month, true)} /mo</b></div>
          {state === "open" && <div className="cf-row" style={{ marginTop: 8 }}><span className="cf-grow" /><Button variant="text" size="small" sx={{ color: "var(--cf-text2)" }} onClick={() => onDismiss(row)}>Dismiss</Button><Button variant="text" size="small" onClick={() => onApply(row)}>Apply…</Button></div>}
        </>
      )}
    />
  );
}
