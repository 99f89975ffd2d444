import Button from "@mui/material/Button";
import { useMemo, type ReactElement } from "react";
import { Link, useNavigate } from "react-router-dom";
import { usePathOf, useRecommendations } from "../../api/queries";
import { count, money } from "../../format/format";
import { to } from "../../shell/nav";
import { Card, Path } from "../../ui/basics";
import { DataTable, type Column } from "../../ui/DataTable";
import { Empty, Failure, SkeletonRows } from "../../ui/states";
import { FileOf } from "../FileOf";
import { MoveOf } from "../MoveOf";
import { paybackWords } from "../recommendationMath";
import type { Recommendation } from "../../api/types";

const SHOWN = 8;

/** The moves that save the most. */
export function Largest(): ReactElement {
  const open = useRecommendations({ state: "open" });
  const pathOf = usePathOf();
  const navigate = useNavigate();
  const rows = useMemo(() => [...open.rows].sort((a, b) => b.saves_per_month - a.saves_per_month).slice(0, SHOWN), [open.rows]);
  const columns: Column<Recommendation>[] = [
    { key: "file", head: "File", width: "minmax(0, 1fr)", cell: (row) => <FileOf row={row} /> },
    { key: "move", head: "Move", width: "150px", cell: (row) => <MoveOf row={row} /> },
    { key: "saves", head: "Saves /mo", word: "saves", width: "80px", right: true, strong: true, cell: (row) => money(row.saves_per_month, true) },
    { key: "once", head: "Once", word: "once", width: "64px", right: true, cell: (row) => <span className="cf-2">{money(row.once, true)}</span> },
    { key: "back", head: "Pays back", word: "paysBack", width: "72px", right: true, wideOnly: true, cell: (row) => <span className="cf-2">{paybackWords(row.pays_back_days)}</span> },
  ];
  return (
    <Card title="Largest savings" tour="decide" side={<Link className="cf-link" style={{ marginLeft: "auto" }} to={to("recommendations")}>{open.rows.length > 1 ? `All ${count(open.rows.length)}${open.hasMore ? "+" : ""} moves` : "All moves"}</Link>}>
      {open.error ? (
        <Failure error={open.error} what="Recommendations" again={open.refetch} />
      ) : open.isPending ? (
        <SkeletonRows rows={SHOWN} />
      ) : rows.length ? (
        <DataTable
          label="Largest savings"
          rows={rows}
          rowKey={(row) => row.recommendation_id}
          columns={columns}
          onOpen={(row) => void navigate(to(`recommendations?open=${encodeURIComponent(row.recommendation_id)}`))}
          card={(row) => (
            <>
              <Path path={pathOf(row)} />
              <div className="cf-row" style={{ marginTop: 6 }}><MoveOf row={row} /><span className="cf-grow" /><b className="cf-strong cf-num">{money(row.saves_per_month, true)} /mo</b></div>
            </>
          )}
        />
      ) : (
        <Empty title="Nothing to decide" actions={<Button onClick={() => void navigate(to("files"))}>Look at your files</Button>}>
          Every file lies where it is cheapest. New advice comes after the next classification.
        </Empty>
      )}
    </Card>
  );
}
