import type { ReactElement } from "react";
import { Link } from "react-router-dom";
import { ARRIVED, useCampaigns, useMigrations, usePathOf } from "../../api/queries";
import { bytesOf, count, DASH, DAY } from "../../format/format";
import { to } from "../../shell/nav";
import { Card, FileSum, Path, Progress } from "../../ui/basics";
import { Empty, Failure, SkeletonRows } from "../../ui/states";
import { stepView } from "../../ui/Steps";
import { isCut, isEnded, isOfToday, reachedOf } from "../migrationMath";
import { useRunning } from "../useRunning";
import { RunningCampaign } from "./RunningCampaign";

const SHOWN = 4;

/** The campaigns and moves that run now, with their progress. */
export function Moving(): ReactElement {
  const running = useRunning();
  const recent = useMigrations({});
  const pathOf = usePathOf();
  const rows = running.rows.filter((row) => !isEnded(row));
  const ofToday = (useCampaigns().data ?? []).filter(isOfToday);
  const campaigns = ofToday.filter((one) => one.state === "running").slice(0, SHOWN);
  const shown = rows.slice(0, SHOWN - campaigns.length);
  const since = new Date(Date.now() - DAY).toISOString();
  const today = recent.rows.filter((row) => ARRIVED.includes(row.state) && isEnded(row) && (row.timestamps.switched ?? row.timestamps.done ?? "") > since);
  const failed = recent.rows.filter((row) => row.state === "failed" && (row.timestamps.failed ?? "") > since).length;
  return (
    <Card
      title="Moving now"
      tour="moving"
      side={<Link className="cf-link" style={{ marginLeft: "auto" }} to={to("migrations")}>All migrations</Link>}
      foot={
        <>
          <span>24 h: {isCut(recent, since) && "at least "}{recent.isPending || recent.error ? DASH : <FileSum files={today.length} size={today.reduce((sum, row) => sum + row.size_bytes, 0)} />}{ofToday.length > 0 && ", beside campaigns"}</span>
          <span className="cf-grow" />
          {failed > 0 && <Link to={to("migrations?state=failed")} className="cf-link cf-error">{count(failed)} failed</Link>}
        </>
      }
    >
      <div className="cf-moving">
        {running.error ? (
          <Failure error={running.error} what="Running moves" again={running.refetch} />
        ) : running.isPending ? (
          <SkeletonRows rows={3} height={52} />
        ) : rows.length || campaigns.length ? (
          <ul className="cf-cardbody cf-stack" style={{ gap: 12 }}>
            {campaigns.map((one) => <RunningCampaign key={one.campaign_id} campaign={one} />)}
            {shown.map((row) => (
              <li key={row.migration_id}>
                <div className="cf-row"><span className="cf-grow" style={{ display: "flex" }}><Path path={pathOf(row.source)} /></span></div>
                <Progress share={row.size_bytes ? row.copied_bytes / row.size_bytes : 0} label={`Move of ${row.source.name}`} />
                <div className="cf-row cf-meta cf-2 cf-num" style={{ marginTop: 4 }}>
                  <span>{bytesOf(row.copied_bytes, row.size_bytes)}</span>
                  <span className="cf-grow">{stepView({ ...row, reached: reachedOf(row) }).label}</span>
                  <span className="cf-ellipsis">to {row.destination.location_id === row.source.location_id ? row.destination.storage_class : row.destination.location_id}</span>
                </div>
              </li>
            ))}
            {rows.length > shown.length && <li className="cf-meta cf-2">and {count(rows.length - shown.length)}{running.hasMore && "+"} more</li>}
          </ul>
        ) : (
          <Empty title="Nothing moves">Moves you apply show their progress here.</Empty>
        )}
      </div>
    </Card>
  );
}
