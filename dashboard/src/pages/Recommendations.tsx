import Button from "@mui/material/Button";
import { useEffect, useMemo, useState, type ReactElement } from "react";
import { useSearchParams } from "react-router-dom";
import { dismissRecommendations, restoreRecommendations } from "../api/actions";
import { KEYS, useLocations, useRecommendations, useWrite } from "../api/queries";
import type { Recommendation } from "../api/types";
import { bytes, count, money, plural } from "../format/format";
import { useKeys } from "../shell/keys";
import { Card } from "../ui/basics";
import { Range, SearchField } from "../ui/controls";
import { Filters } from "../ui/Filters";
import { MissingRest } from "../ui/states";
import { useToast } from "../ui/toasts";
import { useTyped, useUrl } from "../ui/useUrl";
import { Figures } from "./advice/Figures";
import { MovesTable } from "./advice/MovesTable";
import { STATES, type State } from "./advice/states";
import { ApplyDialog } from "./ApplyDialog";
import { TIER_CHOICES } from "./fileQuery";
import { PageHead } from "./PageHead";
import { PrefixMoves } from "./PrefixMoves";
import { sumOf } from "./recommendationMath";

const WAYS = [
  { value: "file", label: "Files" },
  { value: "prefix", label: "Prefixes" },
] as const;
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
  const done = (rows: readonly Recommendation[]): void => {
    onDone(rows);
    toast({ title: rows.length === 1 ? "Recommendation dismissed" : `${plural(rows.length, "recommendation")} dismissed`, note: "They stay under Dismissed", kind: "info", action: { label: "Undo", run: () => undo.mutate(idsOf(rows)) } });
  };
  // What is given to `mutate` is forgotten when a second dismissal begins before the first has its answer.
  const write = useWrite(
    (rows: readonly Recommendation[]) => dismissRecommendations(idsOf(rows)),
    [KEYS.recommendations],
    (_, rows) => done(rows),
    (error) => toast({ title: "Not dismissed", note: error.message, kind: "error" }),
  );
  return (rows) => write.mutate(rows);
}

const idsOf = (rows: readonly Recommendation[]): string[] => rows.map((row) => row.recommendation_id);

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
