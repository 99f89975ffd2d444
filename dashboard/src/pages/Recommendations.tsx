import Button from "@mui/material/Button";
import IconButton from "@mui/material/IconButton";
import { useEffect, useMemo, useState, type ReactElement } from "react";
import { Link, useNavigate, useSearchParams } from "react-router-dom";
import { dismissRecommendations, restoreRecommendations } from "../api/actions";
import { PAGE } from "../api/early";
import type { Listing } from "../api/listing";
import { KEYS, useExplained, useLocations, usePathOf, useProviderOf, useRecommendations, useSavings, useWrite } from "../api/queries";
import type { Recommendation } from "../api/types";
import { bytes, count, money, percent, plural } from "../format/format";
import { to } from "../shell/nav";
import { useKeys } from "../shell/keys";
import { Card, Cloud, Move, Path, Strip, Tip } from "../ui/basics";
import { Range, SearchField } from "../ui/controls";
import { DataTable, type Column } from "../ui/DataTable";
import { Filters } from "../ui/Filters";
import { Icon } from "../ui/icons";
import { Empty, Failure, MissingRest, SkeletonFigure, SkeletonRows } from "../ui/states";
import { useToast } from "../ui/toasts";
import { useTyped, useUrl } from "../ui/useUrl";
import { ApplyDialog } from "./ApplyDialog";
import { TIER_CHOICES } from "./fileQuery";
import { MoveOf } from "./MoveOf";
import { PageHead } from "./PageHead";
import { PrefixMoves } from "./PrefixMoves";
import { paybackDays, paybackWords, sumOf, worstWords } from "./recommendationMath";
import { sentence } from "../format/words";

const STATES = [
  { value: "open", label: "Open" },
  { value: "applied", label: "Applied" },
  { value: "dismissed", label: "Dismissed" },
] as const;
const WAYS = [
  { value: "file", label: "Files" },
  { value: "prefix", label: "Prefixes" },
] as const;
type State = (typeof STATES)[number]["value"];
/** As many are looked through when a filter is set; the API sorts by saving, so the largest are among them. */
const MOST_LOOKED_THROUGH = 3000;

export default function Recommendations(): ReactElement {
  const [stateText, setState] = useUrl("state");
  const [by, setBy] = useUrl("by");
  const [location, setLocation] = useUrl("location");
  const [tier, setTier] = useUrl("to");
  const [, setParams] = useSearchParams();
  const [text, setText] = useTyped("find");
  const state: State = STATES.find((one) => one.value === stateText)?.value ?? "open";
  const isByPrefix = state === "open" && by === "prefix";
  const list = useRecommendations({ state, location_id: location });
  const locations = useLocations();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [applying, setApplying] = useState<readonly Recommendation[] | null>(null);
  const rows = useMemo(
    () => list.rows.filter((row) => (!tier || row.to_tier === tier) && (!text || row.name.toLowerCase().includes(text.toLowerCase()))),
    [list.rows, tier, text],
  );
  const { hasMore, loadMore } = list;
  const isLooking = Boolean(tier || text) && hasMore && list.rows.length < MOST_LOOKED_THROUGH;
  useEffect(() => {
    if (isLooking) loadMore();
  }, [isLooking, loadMore, list.rows.length]);
  const picked = rows.filter((row) => chosen.has(row.recommendation_id));
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
  const dismiss = useDismiss((done) => toggle(done, false));
  const show = (value: "file" | "prefix"): void => {
    setChosen(new Set());
    setBy(value === "file" ? null : value);
  };
  return (
    <>
      <PageHead title="Recommendations" total={list.isPending || list.error ? null : `${plural(list.rows.length, `${state} move`)}${list.hasMore ? " and more" : ""}`}>
        {state === "open" && <Range label="One row for each" value={isByPrefix ? "prefix" : "file"} choices={WAYS} onChange={show} />}
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
      {state === "open" && <Figures list={list} />}
      <Filters
        onClear={() => {
          setText("");
          setParams((before) => {
            before.delete("location");
            before.delete("to");
            before.delete("find");
            return before;
          });
        }}
        found={isByPrefix ? undefined : plural(rows.length, "move")}
        filters={[
          { name: "Location", value: location, onChange: setLocation, choices: (locations.data ?? []).map((one) => ({ value: one.location_id, label: one.location_id })) },
          ...(isByPrefix ? [] : [{ name: "Move to", value: tier, onChange: setTier, choices: TIER_CHOICES }]),
        ]}
      >
        {!isByPrefix && <SearchField value={text} onChange={setText} placeholder="Part of a path" width={240} />}
      </Filters>
      {isByPrefix ? (
        <PrefixMoves location={location} />
      ) : (
        <Card label="Moves" tour="moves">
          <MovesTable list={list} rows={rows} state={state} chosen={chosen} toggle={toggle} onApply={(row) => setApplying([row])} onDismiss={(row) => dismiss([row])} filtered={Boolean(location ?? tier) || Boolean(text)} />
          <MissingRest missing={list.missing} />
        </Card>
      )}
      {picked.length > 0 && <PickedBar picked={picked} onApply={() => setApplying(picked)} onDismiss={() => dismiss(picked)} />}
      <ApplyDialog
        moves={applying}
        onClose={(started) => {
          setApplying(null);
          if (started) toggle(applying ?? [], false);
        }}
      />
    </>
  );
}

function useDismiss(onDone: (rows: readonly Recommendation[]) => void): (rows: readonly Recommendation[]) => void {
  const toast = useToast();
  const undo = useWrite(restoreRecommendations, [KEYS.recommendations], undefined, (error) => toast({ title: "Not brought back", note: error.message, kind: "error" }));
  const write = useWrite(dismissRecommendations, [KEYS.recommendations]);
  return (rows) => {
    const ids = rows.map((row) => row.recommendation_id);
    write.mutate(ids, {
      onSuccess: () => {
        onDone(rows);
        toast({ title: rows.length === 1 ? "Recommendation dismissed" : `${plural(rows.length, "recommendation")} dismissed`, note: "They stay under Dismissed", kind: "info", action: { label: "Undo", run: () => undo.mutate(ids) } });
      },
      onError: (error) => toast({ title: "Not dismissed", note: error.message, kind: "error" }),
    });
  };
}

/** Money with its risk: of all open moves, not only of those that are loaded. */
function Figures({ list }: { list: Listing<Recommendation> }): ReactElement {
  const savings = useSavings();
  const found = savings.data;
  const isListed = !list.isPending && !list.error;
  const worst = isListed ? sumOf(list.rows).worst : null;
  const back = found ? paybackDays(found.found_per_month, found.found_once) : null;
  const show = (value: string): ReactElement | string => (found || savings.isError ? value : <SkeletonFigure />);
  return (
    <Strip
      label="Open moves in figures"
      cells={[
        { term: "Saving if all applied", word: "saves", value: show(money(found?.found_per_month)), unit: found && "/mo", note: found ? `${plural(found.open_count, "move")}, ${bytes(found.open_bytes)}` : " " },
        { term: "One-off cost", word: "once", value: show(money(found?.found_once)), note: "Requests, retrieval, early deletion" },
        { term: "Pays back in", word: "paysBack", value: show(paybackWords(back)), note: "One-off cost over saving" },
        { term: "Worst case", word: "worst", value: show(money(worst)), unit: isListed ? "/mo" : undefined, note: worst === null ? " " : found && list.rows.length < found.open_count ? `Of the ${count(list.rows.length)} largest` : worst < 0 ? "Would cost more, if all get busy" : "Still saved, if all get busy" },
      ]}
    />
  );
}

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

function MovesTable({ list, rows, state, chosen, toggle, onApply, onDismiss, filtered }: TableProps): ReactElement {
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

const PARTS = { requests: "Requests", retrieval: "Retrieval", early_delete: "Early deletion", transport: "Transport between regions or clouds" } as const;

function Why({ row }: { row: Recommendation }): ReactElement {
  const explained = useExplained(row.recommendation_id).data;
  const parts = Object.entries(explained?.once_parts ?? {}) as [keyof typeof PARTS, number][];
  return (
    <div className="cf-why">
      <div>
        <b className="cf-strong">Why</b>
        <ul>
          {row.reasons.map((reason) => (
            <li key={reason} className="cf-row" style={{ alignItems: "flex-start" }}><span className="cf-3" aria-hidden="true">–</span> {sentence(reason)}</li>
          ))}
        </ul>
        <p><Link className="cf-link" to={to(`files/${encodeURIComponent(row.file_id)}`)}>Open the file</Link></p>
      </div>
      <div>
        <b className="cf-strong">Storage class</b>
        <p><Move from={row.from_class} to={row.to_class} /></p>
        {row.location_id !== row.to_location_id && <p><Move from={row.location_id} to={row.to_location_id} /></p>}
        <p className="cf-2"><Tip word="confidence"><span>Confidence {percent(row.confidence)}</span></Tip></p>
        {explained && <p className="cf-meta cf-3">By {explained.model}, prices of {explained.price_book}</p>}
      </div>
      <div className="cf-lines">
        <b className="cf-strong">Money</b>
        <MoneyLine term="Saves per month" value={money(row.saves_per_month, true)} />
        <MoneyLine term="Nine times out of ten at least" value={money(row.saves_low, true)} />
        <MoneyLine term="Costs once" value={money(row.once, true)} />
        {parts.map(([part, usd]) => <MoneyLine key={part} term={`– ${PARTS[part]}`} value={money(usd, true)} />)}
        <MoneyLine term="Read as in its busiest month" value={worstWords(row.worst_per_month)} />
        <MoneyLine term="One whole read there costs more by" value={money(row.read_tomorrow, true)} />
      </div>
    </div>
  );
}

function MoneyLine({ term, value }: { term: string; value: string }): ReactElement {
  return <div><span className="cf-2">{term}</span><span className="cf-num cf-nowrap">{value}</span></div>;
}

function PickedBar({ picked, onApply, onDismiss }: { picked: readonly Recommendation[]; onApply: () => void; onDismiss: () => void }): ReactElement {
  const sum = sumOf(picked);
  return (
    <div className="cf-selbar" role="region" aria-label="Selected moves">
      <b className="cf-strong cf-num">{count(picked.length)} selected</b>
      <span className="cf-2 cf-num">{plural(picked.length, "file")}, {bytes(sum.size)}</span>
      <span className="cf-grow" />
      <span className="cf-2 cf-num">Saves <b className="cf-strong" style={{ color: "var(--cf-text)" }}>{money(sum.saves, true)} /mo</b></span>
      <span className="cf-2 cf-num cf-mid">Costs <b className="cf-strong" style={{ color: "var(--cf-text)" }}>{money(sum.once, true)} once</b></span>
      <Button onClick={onDismiss}>Dismiss</Button>
      <Button variant="contained" color="primary" onClick={onApply}>Apply {plural(picked.length, "move")}…</Button>
    </div>
  );
}
