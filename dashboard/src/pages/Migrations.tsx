import Button from "@mui/material/Button";
import IconButton from "@mui/material/IconButton";
import { useMemo, useState, type ReactElement } from "react";
import { useNavigate } from "react-router-dom";
import { PAGE } from "../api/early";
import { ARRIVED, RUNNING, useCampaigns, useMigrations, usePathOf, useProviderOf } from "../api/queries";
import type { CampaignRun, Migration, MigrationState } from "../api/types";
import { bytes, count, plural, speed } from "../format/format";
import { to } from "../shell/nav";
import { Card, Cloud, Move, Path } from "../ui/basics";
import { Range } from "../ui/controls";
import { DataTable, type Column } from "../ui/DataTable";
import { Icon } from "../ui/icons";
import { Empty, Failure, MissingRest, SkeletonRows } from "../ui/states";
import { StepNames, Steps, stepView } from "../ui/Steps";
import { useUrl } from "../ui/useUrl";
import { Batches, useBatches } from "./Batches";
import { Campaigns } from "./Campaigns";
import { StartCampaign } from "./StartCampaign";
import { MoveAction } from "./migrationActions";
import { MoveDetail } from "./MoveDetail";
import { sentence } from "../format/words";
import { figuresOf, MigrationStrip, movesRunning } from "./MigrationStrip";
import { isOfToday, reachedOf, useSpeeds } from "./migrationMath";
import { PageHead } from "./PageHead";
import { useRunning } from "./useRunning";

const STATES = [
  { value: "all", label: "All" },
  { value: "running", label: "Running" },
  { value: "done", label: "Done" },
  { value: "failed", label: "Failed" },
] as const;
type StateChoice = (typeof STATES)[number]["value"];
const STATES_OF: Partial<Record<StateChoice, readonly MigrationState[]>> = { running: RUNNING, done: ARRIVED, failed: ["failed"] };

const NONE: Record<StateChoice, string> = { all: "", running: "No move is on its way, and none waits for its turn.", done: "No move has arrived yet.", failed: "No move has failed." };

export default function Migrations(): ReactElement {
  const [state, setState] = useUrl("state");
  const [batch, setBatch] = useUrl("batch");
  const [started, setStarted] = useState<CampaignRun | null>(null);
  const chosen: StateChoice = STATES.find((one) => one.value === state)?.value ?? "all";
  const within = batch ? { batch_id: batch } : {};
  const list = useMigrations(STATES_OF[chosen] ? { ...within, state: STATES_OF[chosen] } : within);
  // What is counted does not depend on which of it is listed.
  const all = useMigrations(within);
  const running = useRunning(within);
  const speeds = useSpeeds(useMemo(() => [...new Map([...all.rows, ...running.rows, ...list.rows].map((row) => [row.migration_id, row])).values()], [all.rows, running.rows, list.rows]));
  const isKnown = [all, running].every((one) => !one.isPending && !one.error);
  const figures = isKnown ? figuresOf(all, running, speeds) : null;
  const batches = useBatches(all, within);
  const today = (useCampaigns().data ?? []).filter(isOfToday);
  const campaigns = today.filter((one) => one.state === "running").length;
  const total = figures && [movesRunning(figures), `${count(figures.queued)}${figures.isMore ? "+" : ""} queued`, ...(campaigns ? [`${plural(campaigns, "campaign")} running`] : [])].join(", ");
  return (
    <>
      <PageHead title="Migrations" total={total}>
        {batch && (
          <span className="cf-chip" data-kind="accent">
            One batch
            <button type="button" className="cf-hint" aria-label="Show all batches" onClick={() => setBatch(null)}>
              <Icon name="close" size={12} />
            </button>
          </span>
        )}
        <Range label="State" value={chosen} choices={STATES} onChange={(value) => setState(value === "all" ? null : value)} />
        {!batch && <StartCampaign onStarted={setStarted} />}
      </PageHead>
      <MigrationStrip figures={figures} campaigns={batch ? [] : today} isPending={all.isPending || running.isPending} />
      {!batch && <Campaigns started={started} />}
      <Card title="Moves" word="steps" sub={list.isStale ? "loading" : undefined} tour="moves">
        <MoveTable list={list} speeds={speeds} chosen={chosen} batch={batch} />
        <MissingRest missing={list.missing} />
      </Card>
      {batches.length > 0 && <Batches batches={batches} onChoose={setBatch} />}
    </>
  );
}

function MoveTable({ list, speeds, chosen, batch }: { list: ReturnType<typeof useMigrations>; speeds: ReadonlyMap<string, number>; chosen: StateChoice; batch: string | null }): ReactElement {
  const pathOf = usePathOf();
  const providerOf = useProviderOf();
  const navigate = useNavigate();
  const [opened, setOpened] = useUrl("open");
  if (list.error) return <Failure error={list.error} what="Moves" again={list.refetch} />;
  if (list.isPending) return <SkeletonRows rows={8} />;
  if (!list.rows.length) {
    return chosen === "all" && !batch ? (
      <Empty icon="tiers" title="Nothing has moved yet" actions={<Button onClick={() => void navigate(to("recommendations"))}>See recommendations</Button>}>
        Apply a recommendation, or choose files and move them. Each move shows its five steps here.
      </Empty>
    ) : (
      <Empty title={`No ${chosen === "all" ? "" : `${chosen} `}moves here`} actions={<Button onClick={() => void navigate(to("migrations"))}>Show all moves</Button>}>
        {batch ? `This batch has none${chosen === "all" ? "" : " in that state"}.` : NONE[chosen]}
      </Empty>
    );
  }
  const open = (row: Migration): void => setOpened(opened === row.migration_id ? null : row.migration_id);
  const named = (row: Migration): ReactElement => (
    <span className="cf-row">
      <IconButton size="small" aria-label={opened === row.migration_id ? "Hide details" : "Show details"} aria-expanded={opened === row.migration_id} onClick={() => open(row)} sx={{ ml: -1 }}>
        <Icon name={opened === row.migration_id ? "down" : "right"} size={16} />
      </IconButton>
      <Cloud provider={providerOf(row.source.location_id)} />
      <Path path={pathOf(row.source)} />
    </span>
  );
  const columns: Column<Migration>[] = [
    { key: "file", head: "File", width: "minmax(0, 1fr)", cell: named },
    { key: "move", head: "Move", width: "minmax(150px, 240px)", wideOnly: true, cell: (row) => <MoveOf move={row} /> },
    { key: "steps", head: <StepNames />, width: "minmax(200px, 300px)", cell: (row) => <Steps view={stepView({ ...row, reached: reachedOf(row) })} /> },
    { key: "step", head: "Step", width: "104px", cell: (row) => <StepWord move={row} /> },
    { key: "size", head: "Size", width: "72px", right: true, strong: true, cell: (row) => bytes(row.size_bytes) },
    { key: "speed", head: "Speed", word: "speed", width: "84px", right: true, wideOnly: true, cell: (row) => <span className="cf-2">{speed(speeds.get(row.migration_id) ?? null)}</span> },
    { key: "act", head: <span className="cf-hidden">Actions</span>, width: "86px", right: true, cell: (row) => <MoveAction move={row} /> },
  ];
  return (
    <DataTable
      label="Moves"
      rows={list.rows}
      rowKey={(row) => row.migration_id}
      columns={columns}
      height={list.rows.length >= PAGE ? "max(320px, calc(100dvh - 320px))" : undefined}
      rowHeight={40}
      cardHeight={124}
      onEnd={list.loadMore}
      bad={(row) => row.state === "failed"}
      onOpen={open}
      expanded={(row) => (
        <>
          {row.error && <p className="cf-error cf-meta" style={{ padding: "0 16px 10px", overflowWrap: "anywhere" }}>{sentence(row.error)}. {row.state === "failed" ? "The original is untouched." : ""}</p>}
          {opened === row.migration_id && <MoveDetail move={row} />}
        </>
      )}
      card={(row) => (
        <>
          {named(row)}
          <div style={{ padding: "8px 0 4px" }}><Steps view={stepView({ ...row, reached: reachedOf(row) })} /></div>
          <div className="cf-row"><StepWord move={row} /><span className="cf-2 cf-num">{bytes(row.size_bytes)}</span><span className="cf-grow" /><MoveAction move={row} /></div>
        </>
      )}
    />
  );
}

function MoveOf({ move }: { move: Migration }): ReactElement {
  const sameplace = move.source.location_id === move.destination.location_id;
  return sameplace ? <Move from={move.source.storage_class} to={move.destination.storage_class} /> : <Move from={move.source.location_id} to={move.destination.location_id} />;
}

function StepWord({ move }: { move: Migration }): ReactElement {
  const view = stepView({ ...move, reached: reachedOf(move) });
  return (
    <span className={`cf-row ${view.kind === "bad" ? "cf-error" : view.kind === "done" ? "cf-ok" : "cf-2"}`} style={{ gap: 4 }}>
      {view.kind === "bad" && <Icon name="alert" size={14} />}
      {view.kind === "done" && <Icon name="checkCircle" size={14} />}
      {view.label}
    </span>
  );
}
