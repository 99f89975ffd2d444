import Button from "@mui/material/Button";
import { useMemo, useSyncExternalStore, type ReactElement } from "react";
import { Link, useNavigate } from "react-router-dom";
import { useMigrations, usePathOf, useProviderOf, useRecommendations, useTotals } from "../api/queries";
import type { Totals } from "../api/types";
import { bytes, bytesFigure, bytesOf, count, money, percent, plural } from "../format/format";
import { shortType, placeOf, isFailure } from "../live/reducer";
import { useLive } from "../live/LiveProvider";
import { SETTINGS, to } from "../shell/nav";
import { Ago, Bar, Card, Cloud, FileSum, Move, Path, Progress, Strip, TIERS, TierMark, cloudName, type Cell } from "../ui/basics";
import { Icon } from "../ui/icons";
import { Empty, Failure, SkeletonFigure, SkeletonRows } from "../ui/states";
import { useUpload } from "../upload/UploadPanel";
import { isEnded, isMoving } from "./migrationMath";
import { PageHead } from "./PageHead";
import { savingOf } from "./recommendationMath";

const SHOWN = 5;

export default function Overview(): ReactElement {
  const totals = useTotals();
  const upload = useUpload();
  const sums = totals.data;
  const isNew = sums?.files === 0;
  return (
    <>
      <PageHead title="Overview" total={sums ? <>{bytes(sums.size_bytes)} in {plural(sums.files, "file")}{isNew ? "" : ` across ${plural(cloudsOf(sums).length, "cloud")}`}</> : null}>
        <Button startIcon={<Icon name="upload" size={16} />} onClick={upload.choose} data-tour="upload">
          Upload…
        </Button>
      </PageHead>
      <Figures totals={sums} />
      {isNew ? (
        <Start />
      ) : (
        <div className="cf-cols">
          <Bytes totals={totals} />
          <Moving />
        </div>
      )}
      {!isNew && (
        <div className="cf-cols">
          <Largest />
          <Latest />
        </div>
      )}
    </>
  );
}

function cloudsOf(totals: Totals): string[] {
  return [...new Set(totals.totals.map((total) => total.provider ?? ""))].sort();
}

function Figures({ totals }: { totals: Totals | undefined }): ReactElement {
  const open = useRecommendations({ state: "open" });
  const running = useMigrations({ state: "running" });
  const saving = savingOf(open.rows);
  const moving = running.rows.filter(isMoving);
  const size = bytesFigure(totals?.size_bytes);
  const ready = (value: ReactElement | string, isReady: boolean): ReactElement | string => (isReady ? value : <SkeletonFigure />);
  const cold = totals?.totals.filter((total) => total.tier === "cold").reduce((sum, total) => sum + total.size_bytes, 0) ?? 0;
  const moves: Cell = {
    term: saving == null ? "Open moves" : "Saving available",
    word: saving == null ? "dismiss" : "saving",
    value: ready(saving == null ? count(open.rows.length) + (open.hasMore ? "+" : "") : money(saving), !open.isPending),
    unit: saving == null ? (open.rows.length === 1 ? "file" : "files") : "/mo",
    note: open.rows.length ? `${bytes(open.rows.reduce((sum, row) => sum + row.size_bytes, 0))} could change its tier` : "Nothing to decide now",
    side: open.rows.length ? (
      <Button component={Link} to={to("recommendations")} variant="contained" color="primary" size="small">
        Review
      </Button>
    ) : null,
  };
  return (
    <Strip
      label="CloudFlow in figures"
      cells={[
        saving == null ? { ...moves, word: "openMoves" } : moves,
        { term: "Stored", word: "bytesStored", value: ready(size.value, Boolean(totals)), unit: size.unit, note: totals ? `${percent(totals.size_bytes ? cold / totals.size_bytes : 0)} of it cold` : " " },
        { term: "Files", word: "catalogued", value: ready(count(totals?.files), Boolean(totals)), note: totals ? `in ${plural(new Set(totals.totals.map((total) => total.location_id)).size, "location")}` : " " },
        { term: "Moving now", word: "steps", value: ready(count(moving.length), !running.isPending), unit: moving.length === 1 ? "file" : "files", note: moving.length ? `${bytes(moving.reduce((sum, row) => sum + row.size_bytes - row.copied_bytes, 0))} left` : "Nothing moves" },
      ]}
    />
  );
}

/** First use: one next step. */
function Start(): ReactElement {
  const navigate = useNavigate();
  const upload = useUpload();
  return (
    <Card label="Start here">
      <Empty
        icon="tiers"
        title="Connect a cloud to begin"
        actions={
          <>
            <Button variant="contained" color="primary" onClick={() => void navigate(to(`${SETTINGS.path}/connections`))}>
              Connect a cloud
            </Button>
            <Button onClick={upload.choose}>Upload files…</Button>
          </>
        }
      >
        CloudFlow lists your files and learns how they are read. Nothing moves until you apply a recommendation.
      </Empty>
    </Card>
  );
}

function Bytes({ totals }: { totals: ReturnType<typeof useTotals> }): ReactElement {
  const sums = totals.data;
  return (
    <Card title="Where your bytes are" sub="now" tour="bytes">
      {totals.isError && !sums ? (
        <Failure error={totals.error} what="Sums" again={() => void totals.refetch()} />
      ) : sums ? (
        <div className="cf-cardbody cf-halves" style={{ gap: 32 }}>
          <div className="cf-stack" style={{ gap: 16 }}>
            {TIERS.map((tier) => (
              <Share key={tier} name={<TierMark tier={tier} />} color={`var(--cf-${tier})`} all={sums} part={sums.totals.filter((total) => total.tier === tier)} />
            ))}
          </div>
          <div className="cf-stack" style={{ gap: 16 }}>
            {cloudsOf(sums).map((provider) => (
              <Share key={provider} name={<span className="cf-row"><Cloud provider={provider} /> {cloudName(provider)}</span>} color="var(--cf-bar)" all={sums} part={sums.totals.filter((total) => (total.provider ?? "") === provider)} />
            ))}
          </div>
        </div>
      ) : (
        <SkeletonRows rows={5} />
      )}
    </Card>
  );
}

function Share({ name, color, all, part }: { name: ReactElement; color: string; all: Totals; part: Totals["totals"] }): ReactElement {
  const size = part.reduce((sum, total) => sum + total.size_bytes, 0);
  const files = part.reduce((sum, total) => sum + total.files, 0);
  return (
    <div>
      <div className="cf-row">
        {name}
        <span className="cf-grow" />
        <b className="cf-strong cf-num">{bytes(size)}</b>
      </div>
      <div className="cf-bars" style={{ marginTop: 4 }}>
        <span>Bytes</span>
        <Bar share={all.size_bytes ? size / all.size_bytes : 0} color={color} />
        <span className="cf-right cf-num">{percent(all.size_bytes ? size / all.size_bytes : 0)}</span>
        <span>Files</span>
        <Bar share={all.files ? files / all.files : 0} color="var(--cf-bar)" />
        <span className="cf-right cf-num">{percent(all.files ? files / all.files : 0)}</span>
      </div>
    </div>
  );
}

function Moving(): ReactElement {
  const running = useMigrations({ state: "running" });
  const recent = useMigrations({});
  const pathOf = usePathOf();
  const rows = running.rows.filter((row) => !isEnded(row));
  const since = new Date(Date.now() - 86_400_000).toISOString();
  const today = recent.rows.filter((row) => isEnded(row) && row.state !== "failed" && (row.timestamps.switched ?? row.timestamps.done ?? "") > since);
  const failed = recent.rows.filter((row) => row.state === "failed" && (row.timestamps.failed ?? "") > since).length;
  return (
    <Card
      title="Moving now"
      tour="moving"
      side={<Link className="cf-link" style={{ marginLeft: "auto" }} to={to("migrations")}>All migrations</Link>}
      foot={
        <>
          <span>24 h: <FileSum files={today.length} size={today.reduce((sum, row) => sum + row.size_bytes, 0)} /></span>
          <span className="cf-grow" />
          {failed > 0 && <Link to={to("migrations?state=failed")} className="cf-error">{count(failed)} failed</Link>}
        </>
      }
    >
      {running.isPending ? (
        <SkeletonRows rows={3} height={52} />
      ) : rows.length ? (
        <ul className="cf-cardbody cf-stack" style={{ gap: 12 }}>
          {rows.slice(0, SHOWN).map((row) => (
            <li key={row.migration_id}>
              <div className="cf-row"><span className="cf-grow" style={{ display: "flex" }}><Path path={pathOf(row.source)} /></span></div>
              <Progress share={row.size_bytes ? row.copied_bytes / row.size_bytes : 0} label={`Move of ${row.source.name}`} />
              <div className="cf-row cf-meta cf-2 cf-num" style={{ marginTop: 4 }}>
                <span className="cf-grow">{bytesOf(row.copied_bytes, row.size_bytes)}</span>
                <span className="cf-ellipsis">to {row.destination.location_id === row.source.location_id ? row.destination.storage_class : row.destination.location_id}</span>
              </div>
            </li>
          ))}
          {rows.length > SHOWN && <li className="cf-meta cf-2">and {plural(rows.length - SHOWN, "more", "more")}</li>}
        </ul>
      ) : (
        <Empty title="Nothing moves">Moves you apply show their progress here.</Empty>
      )}
    </Card>
  );
}

function Largest(): ReactElement {
  const open = useRecommendations({ state: "open" });
  const pathOf = usePathOf();
  const providerOf = useProviderOf();
  const navigate = useNavigate();
  const rows = useMemo(() => [...open.rows].sort((a, b) => (b.saves_per_month ?? 0) - (a.saves_per_month ?? 0) || b.size_bytes - a.size_bytes).slice(0, SHOWN), [open.rows]);
  const priced = rows.some((row) => row.saves_per_month != null);
  return (
    <Card title={priced ? "Largest savings" : "Largest moves"} tour="decide" side={<Link className="cf-link" style={{ marginLeft: "auto" }} to={to("recommendations")}>{open.rows.length ? `All ${count(open.rows.length)}${open.hasMore ? "+" : ""} moves` : "All moves"}</Link>}>
      {open.error ? (
        <Failure error={open.error} what="Recommendations" again={open.refetch} />
      ) : open.isPending ? (
        <SkeletonRows rows={5} />
      ) : rows.length ? (
        <ul>
          {rows.map((row) => (
            <li key={row.recommendation_id} className="cf-row cf-wrap" style={{ padding: "9px 16px", borderTop: "1px solid var(--cf-line)", gap: 12 }}>
              <Cloud provider={providerOf(row.location_id)} />
              <span className="cf-grow" style={{ display: "flex", minWidth: 160 }}><Path path={pathOf(row)} /></span>
              <Move from={row.from_tier} to={row.to_tier} />
              <span className="cf-right cf-num cf-2" style={{ width: 72 }}>{bytes(row.size_bytes)}</span>
              {priced && <b className="cf-right cf-num cf-strong" style={{ width: 84 }}>{money(row.saves_per_month, true)}</b>}
            </li>
          ))}
        </ul>
      ) : (
        <Empty title="Nothing to decide" actions={<Button onClick={() => void navigate(to("files"))}>Look at your files</Button>}>
          Every file lies in the tier its reads ask for. New advice comes after the next classification.
        </Empty>
      )}
    </Card>
  );
}

function Latest(): ReactElement {
  const live = useLive();
  const { events, waiting } = useSyncExternalStore(live.subscribe, live.getList);
  const rows = [...waiting, ...events].slice(0, 6);
  return (
    <Card title="Latest events" tour="latest" side={<Link className="cf-link" style={{ marginLeft: "auto" }} to={to("events")}>All events</Link>}>
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
    </Card>
  );
}
