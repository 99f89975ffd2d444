import { useSyncExternalStore, type ReactElement } from "react";
import { Link } from "react-router-dom";
import { useNotifications } from "../../api/queries";
import { useLive } from "../../live/LiveProvider";
import { isFailure, placeOf, shortType } from "../../live/reducer";
import { NoticeLine } from "../../shell/Bell";
import { to } from "../../shell/nav";
import { Ago, Card, Path } from "../../ui/basics";
import { Empty, Failure, SkeletonRows } from "../../ui/states";

const NEWS = 3;
const EVENTS = 4;

/** What ended, failed or wants a decision; the failures first. */
export function News(): ReactElement {
  const bell = useNotifications();
  const all = bell.data?.notifications ?? [];
  const rows = [...all.filter((one) => one.kind === "alert"), ...all.filter((one) => one.kind !== "alert")].slice(0, NEWS);
  return (
    <Card title="Latest alerts and news" side={<Link className="cf-link" style={{ marginLeft: "auto" }} to={to("alerts")}>All alerts</Link>}>
      {bell.isError && !bell.data ? (
        <Failure error={bell.error} what="News" again={() => void bell.refetch()} />
      ) : !bell.data ? (
        <SkeletonRows rows={NEWS} height={56} />
      ) : rows.length ? (
        <ul>{rows.map((one) => <NoticeLine key={one.notification_id} one={one} />)}</ul>
      ) : (
        <Empty icon="bell" title="No news">Alerts, and moves that end or fail, show up here.</Empty>
      )}
    </Card>
  );
}

/** The last things that happened, as they happen. */
export function LatestEvents(): ReactElement {
  const live = useLive();
  const { events, waiting } = useSyncExternalStore(live.subscribe, live.getList);
  const rows = [...waiting, ...events].slice(0, EVENTS);
  return (
    <Card title="Latest events" tour="latest" side={<Link className="cf-link" style={{ marginLeft: "auto" }} to={to("events")}>All events</Link>}>
      <div style={{ minHeight: 196 }}>
        {rows.length ? (
          <ul className="cf-cardbody" aria-live="off">
            {rows.map((event) => (
              <li key={event.id} style={{ padding: "4px 0" }}>
                <div className="cf-row">
                  <span className={`cf-mono ${isFailure(event) ? "cf-error" : ""}`}>{shortType(event.type)}</span>
                  <span className="cf-grow" />
                  <span className="cf-meta cf-3"><Ago time={event.time} /></span>
                </div>
                <div className="cf-meta" style={{ display: "flex" }}><Path path={placeOf(event)} /></div>
              </li>
            ))}
          </ul>
        ) : (
          <Empty icon="history" title="Quiet so far">Uploads, moves and changes of tier show up here the moment they happen.</Empty>
        )}
      </div>
    </Card>
  );
}
