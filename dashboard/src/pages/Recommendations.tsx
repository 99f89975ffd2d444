import Button from "@mui/material/Button";
import IconButton from "@mui/material/IconButton";
import { useMemo, useState, type ReactElement } from "react";
import { useNavigate } from "react-router-dom";
import { dismissRecommendations, restoreRecommendations } from "../api/actions";
import { KEYS, useLocations, usePathOf, useProviderOf, useRecommendations, useWrite } from "../api/queries";
import type { Recommendation } from "../api/types";
import { bytes, bytesFigure, count, duration, money, percent, plural } from "../format/format";
import { to } from "../shell/nav";
import { useKeys } from "../shell/keys";
import { Card, Cloud, Move, Path, Strip, Tip } from "../ui/basics";
import { Filter, Range, SearchField } from "../ui/controls";
import { DataTable, type Column } from "../ui/DataTable";
import { Icon } from "../ui/icons";
import { Empty, Failure, SkeletonFigure, SkeletonRows } from "../ui/states";
import { useToast } from "../ui/toasts";
import { useUrl } from "../ui/useUrl";
import { ApplyDialog } from "./ApplyDialog";
import { TIER_CHOICES } from "./fileFilters";
import { PageHead } from "./PageHead";
import { paybackDays, sumOf } from "./recommendationMath";
import { sentence } from "../format/words";

const STATES = [
  { value: "open", label: "Open" },
  { value: "applied", label: "Applied" },
  { value: "dismissed", label: "Dismissed" },
] as const;
type State = (typeof STATES)[number]["value"];

export default function Recommendations(): ReactElement {
  const [stateText, setState] = useUrl("state");
  const [location, setLocation] = useUrl("location");
  const [tier, setTier] = useUrl("to");
  const [text, setText] = useState("");
  const state: State = STATES.find((one) => one.value === stateText)?.value ?? "open";
  const list = useRecommendations({ state });
  const locations = useLocations();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [applying, setApplying] = useState<readonly Recommendation[] | null>(null);
  const rows = useMemo(
    () => list.rows.filter((row) => (!location || row.location_id === location) && (!tier || row.to_tier === tier) && (!text || row.name.toLowerCase().includes(text.toLowerCase()))),
    [list.rows, location, tier, text],
  );
  const picked = rows.filter((row) => chosen.has(row.recommendation_id));
  const dismiss = useDismiss(() => setChosen(new Set()));
  useKeys((event) => {
    if (event.shiftKey && event.key === "A" && picked.length) setApplying(picked);
  });
  const toggle = (some: readonly Recommendation[], on: boolean): void =>
    setChosen((before) => {
      const next = new Set(before);
      for (const row of some) {
        if (on) next.add(row.recommendation_id);
        else next.delete(row.recommendation_id);
      }
      return next;
    });
  return (
    <>
      <PageHead title="Recommendations" total={list.isPending ? null : `${plural(list.rows.length, `${state} move`)}${list.hasMore ? " and more" : ""}`}>
        <Range
          label="State"
          value={state}
          choices={STATES}
          onChange={(value) => {
            setChosen(new Set());
            setState(value === "open" ? null : value);
          }}
        />
      </PageHead>
      {state === "open" && <Figures rows={list.rows} ready={!list.isPending} />}
      <div className="cf-filters" role="search">
        <SearchField value={text} onChange={setText} placeholder="Part of a path" width={240} />
        <Filter name="Location" value={location} onChange={setLocation} choices={(locations.data ?? []).map((one) => ({ value: one.location_id, label: one.location_id }))} />
        <Filter name="Move to" value={tier} onChange={setTier} choices={TIER_CHOICES} />
      </div>
      <Card label="Moves" tour="moves">
        <MovesTable list={list} rows={rows} state={state} chosen={chosen} toggle={toggle} onApply={(row) => setApplying([row])} onDismiss={(row) => dismiss([row])} filtered={Boolean(location ?? tier) || Boolean(text)} />
      </Card>
      {picked.length > 0 && <PickedBar picked={picked} onApply={() => setApplying(picked)} onDismiss={() => dismiss(picked)} />}
      <ApplyDialog
        moves={applying}
        onClose={(started) => {
          setApplying(null);
          if (started) setChosen(new Set());
        }}
      />
    </>
  );
}

function useDismiss(onDone: () => void): (rows: readonly Recommendation[]) => void {
  const toast = useToast();
  const undo = useWrite(restoreRecommendations, [KEYS.recommendations]);
  const write = useWrite(dismissRecommendations, [KEYS.recommendations]);
  return (rows) => {
    const ids = rows.map((row) => row.recommendation_id);
    write.mutate(ids, {
      onSuccess: () => {
        onDone();
        toast({ title: rows.length === 1 ? "Recommendation dismissed" : `${plural(rows.length, "recommendation")} dismissed`, note: "They stay under Dismissed", kind: "info", action: { label: "Undo", run: () => undo.mutate(ids) } });
      },
      onError: (error) => toast({ title: "Not dismissed", note: error.message, kind: "error" }),
    });
  };
}

/** Money with its risk; before anything has a price, what there is to know without it. */
function Figures({ rows, ready }: { rows: readonly Recommendation[]; ready: boolean }): ReactElement {
  const sum = sumOf(rows);
  const back = paybackDays(sum);
  const size = bytesFigure(sum.size);
  const show = (value: string): ReactElement | string => (ready ? value : <SkeletonFigure />);
  const colder = rows.filter((row) => HEAT[row.to_tier] < HEAT[row.from_tier]);
  const oldest = rows.reduce<string | null>((first, row) => (first && first < row.created_at ? first : row.created_at), null);
  if (sum.saves == null) {
    return (
      <Strip
        label="Open moves in figures"
        cells={[
          { term: "Open moves", word: "openMoves", value: show(count(rows.length)), note: rows.length ? "Decide one by one, or all at once" : "Nothing to decide" },
          { term: "Bytes in them", word: "bytesStored", value: show(size.value), unit: size.unit, note: "Would change their tier" },
          { term: "To a colder tier", word: "cold", value: show(count(colder.length)), note: `${bytes(colder.reduce((total, row) => total + row.size_bytes, 0))}, cheaper to keep` },
          { term: "To a hotter tier", word: "hot", value: show(count(rows.length - colder.length)), note: oldest ? `Oldest ${duration((Date.now() - Date.parse(oldest)) / 1000)} old` : "Cheaper to read" },
        ]}
      />
    );
  }
  return (
    <Strip
      label="Open moves in figures"
      cells={[
        { term: "Saving if all applied", word: "saves", value: show(money(sum.saves)), unit: "/mo", note: `${plural(rows.length, "move")}, ${bytes(sum.size)}` },
        { term: "One-off cost", word: "once", value: show(money(sum.once)), note: "Requests, retrieval, early deletion" },
        { term: "Pays back in", word: "paysBack", value: show(back == null ? "–" : duration(back * 86_400)), note: "One-off cost over saving" },
        { term: "Worst case", word: "worst", value: show(money(sum.worst)), unit: sum.worst == null ? undefined : "/mo", note: "If all files get busy again" },
      ]}
    />
  );
}

const HEAT = { cold: 0, warm: 1, hot: 2 } as const;

interface TableProps {
  list: ReturnType<typeof useRecommendations>;
  rows: readonly Recommendation[];
  state: State;
  chosen: ReadonlySet<string>;
  toggle: (rows: readonly Recommendation[], on: boolean) => void;
  onApply: (row: Recommendation) => void;
  onDismiss: (row: Recommendation) => void;
  filtered: boolean;
}

function MovesTable({ list, rows, state, chosen, toggle, onApply, onDismiss, filtered }: TableProps): ReactElement {
  const pathOf = usePathOf();
  const providerOf = useProviderOf();
  const navigate = useNavigate();
  const [opened, setOpened] = useState<string | null>(null);
  const priced = rows.some((row) => row.saves_per_month != null);
  if (list.error) return <Failure error={list.error} what="Recommendations" again={list.refetch} />;
  if (list.isPending) return <SkeletonRows rows={10} />;
  if (!rows.length) {
    if (filtered) return <Empty title="No moves match">No {state} move fits these filters. Drop one to see more.</Empty>;
    return state === "open" ? (
      <Empty icon="tiers" title="Nothing to decide" actions={<Button onClick={() => void navigate(to("files"))}>Look at your files</Button>}>
        Every file lies in the tier its reads ask for. New advice comes after the next classification.
      </Empty>
    ) : (
      <Empty title={`Nothing ${state} yet`} actions={<Button onClick={() => void navigate(to("recommendations"))}>Show open moves</Button>}>
        Moves you {state === "applied" ? "apply" : "dismiss"} are kept here.
      </Empty>
    );
  }
  const open = (row: Recommendation): void => setOpened(opened === row.recommendation_id ? null : row.recommendation_id);
  const money_ = (value: number | null): string => money(value, true);
  const columns: Column<Recommendation>[] = [
    {
      key: "file",
      head: "File",
      width: "minmax(0, 1fr)",
      cell: (row) => (
        <span className="cf-row">
          <IconButton size="small" aria-label={opened === row.recommendation_id ? "Hide details" : "Show details"} aria-expanded={opened === row.recommendation_id} onClick={() => open(row)} sx={{ ml: -1 }}>
            <Icon name={opened === row.recommendation_id ? "down" : "right"} size={16} />
          </IconButton>
          <Cloud provider={providerOf(row.location_id)} />
          <Path path={pathOf(row)} />
          <span className="cf-2 cf-meta cf-num cf-nowrap">{bytes(row.size_bytes)}</span>
        </span>
      ),
    },
    { key: "move", head: "Move", width: "150px", cell: (row) => <Move from={row.from_tier} to={row.to_tier} /> },
    { key: "why", head: "Main reason", word: "mainReason", width: priced ? "minmax(0, 200px)" : "minmax(0, 300px)", wideOnly: true, cell: (row) => <span className="cf-2 cf-ellipsis" style={{ display: "block" }}>{sentence(row.reasons[0] ?? "–")}</span> },
    ...(priced
      ? ([
          { key: "saves", head: "Saves /mo", word: "saves", width: "88px", right: true, strong: true, cell: (row) => money_(row.saves_per_month) },
          { key: "once", head: "Once", word: "once", width: "76px", right: true, cell: (row) => money_(row.once) },
          { key: "back", head: "Pays back", word: "paysBack", width: "80px", right: true, wideOnly: true, cell: (row) => (row.pays_back_days == null ? "–" : duration(row.pays_back_days * 86_400)) },
          { key: "worst", head: "Worst /mo", word: "worst", width: "84px", right: true, wideOnly: true, cell: (row) => money_(row.worst_per_month) },
        ] satisfies Column<Recommendation>[])
      : []),
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
      height={rows.length > 100 && !opened ? "max(320px, calc(100dvh - 320px))" : undefined}
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
          <div className="cf-row"><Move from={row.from_tier} to={row.to_tier} /><span className="cf-grow" />{row.saves_per_month != null && <b className="cf-strong cf-num">{money(row.saves_per_month)} /mo</b>}</div>
          {state === "open" && <div className="cf-row" style={{ marginTop: 8 }}><span className="cf-grow" /><Button variant="text" size="small" sx={{ color: "var(--cf-text2)" }} onClick={() => onDismiss(row)}>Dismiss</Button><Button variant="text" size="small" onClick={() => onApply(row)}>Apply…</Button></div>}
        </>
      )}
    />
  );
}

function Why({ row }: { row: Recommendation }): ReactElement {
  const lines: [string, string][] = [
    ["Saves per month", money(row.saves_per_month, true)],
    ["Costs once", money(row.once, true)],
    ["If read as in its busiest month", money(row.worst_per_month, true)],
  ];
  return (
    <div className="cf-why">
      <div>
        <b className="cf-strong">Why</b>
        <ul>
          {row.reasons.map((reason) => (
            <li key={reason} className="cf-row" style={{ alignItems: "flex-start" }}><span className="cf-3" aria-hidden="true">–</span> {sentence(reason)}</li>
          ))}
        </ul>
      </div>
      <div>
        <b className="cf-strong">Storage class</b>
        <p><Move from={row.from_class} to={row.to_class} /></p>
        {row.confidence != null && <p className="cf-2"><Tip word="confidence"><span>Confidence {percent(row.confidence)}</span></Tip></p>}
      </div>
      {row.saves_per_month != null ? (
        <div className="cf-lines">
          <b className="cf-strong">Money</b>
          {lines.map(([name, value]) => <div key={name}><span className="cf-2">{name}</span><span className="cf-num">{value}</span></div>)}
        </div>
      ) : (
        <div>
          <b className="cf-strong">Money</b>
          <p className="cf-2">This move has no price yet. The tier rests on its reads alone.</p>
        </div>
      )}
    </div>
  );
}

function PickedBar({ picked, onApply, onDismiss }: { picked: readonly Recommendation[]; onApply: () => void; onDismiss: () => void }): ReactElement {
  const sum = sumOf(picked);
  return (
    <div className="cf-selbar" role="region" aria-label="Selected moves">
      <b className="cf-strong cf-num">{count(picked.length)} selected</b>
      <span className="cf-2 cf-num">{plural(picked.length, "file")}, {bytes(sum.size)}</span>
      <span className="cf-grow" />
      {sum.saves != null && <span className="cf-2 cf-num">Saves <b className="cf-strong" style={{ color: "var(--cf-text)" }}>{money(sum.saves, true)} /mo</b></span>}
      {sum.once != null && <span className="cf-2 cf-num cf-mid">Costs <b className="cf-strong" style={{ color: "var(--cf-text)" }}>{money(sum.once, true)} once</b></span>}
      <Button onClick={onDismiss}>Dismiss</Button>
      <Button variant="contained" color="primary" onClick={onApply}>Apply {plural(picked.length, "move")}…</Button>
    </div>
  );
}
