import Button from "@mui/material/Button";
import IconButton from "@mui/material/IconButton";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState, type ReactElement } from "react";
import { Link, useSearchParams } from "react-router-dom";
import { count, plural } from "../format/format";
import { fileOf, isFailure, matches, migrationOf, placeOf, shortType, type EventFilter, type LiveEvent } from "../live/reducer";
import { useEventList, useLive } from "../live/LiveProvider";
import { to } from "../shell/nav";
import { useKeys } from "../shell/keys";
import { Card, Kbd, Path, Tip } from "../ui/basics";
import { Filter, SearchField } from "../ui/controls";
import { Icon } from "../ui/icons";
import { Empty, Failure, SkeletonRows } from "../ui/states";
import { useTyped, useUrl } from "../ui/useUrl";
import { useWidth } from "../ui/useWidth";
import { clock, day, minute } from "../format/format";
import { EventDetail, summaryOf } from "./EventDetail";
import { PageHead } from "./PageHead";
import { RateChart } from "./RateChart";
import { ReplayDialog } from "./ReplayDialog";
import { useReplay } from "./useReplay";

const TOPICS = ["file-events", "migration-events", "email-notifications", "performance-metrics", "cost-updates", "system-alerts"].map((value) => ({ value, label: value }));

export default function Events(): ReactElement {
  const live = useLive();
  const list = useEventList();
  const [params, setParams] = useSearchParams();
  const [filter, setFilter] = useFilter();
  const [opened, setOpened] = useState<LiveEvent | null>(null);
  const [asking, setAsking] = useState(false);
  const replay = useReplay(params.get("from"), params.get("to"));
  const { dispatch } = live;
  useEffect(() => () => dispatch({ kind: "resumed" }), [dispatch]);
  const source = replay ? replay.events : list.events;
  const shown = useMemo(() => source.filter((event) => matches(event, filter)), [source, filter]);
  /** What is filtered stays filtered. */
  const span = (from: string | null, until: string | null): void => {
    setOpened(null);
    setParams((before) => {
      const next = new URLSearchParams(before);
      for (const [name, value] of [["from", from], ["to", until]] as const) {
        if (value) next.set(name, value);
        else next.delete(name);
      }
      return next;
    });
  };
  const pause = (): void => dispatch({ kind: list.paused ? "resumed" : "paused" });
  const open = (event: LiveEvent | null): void => {
    if (event && !replay) dispatch({ kind: "paused" });
    setOpened(event);
  };
  useKeys((event) => {
    if (event.key === " " && !replay && !(event.target as HTMLElement).closest("button, a")) {
      event.preventDefault();
      pause();
    } else if (event.key === "Escape") setOpened(null);
  });
  const types = useMemo(() => [...new Set(source.map((event) => shortType(event.type)))].sort().map((value) => ({ value, label: value })), [source]);
  return (
    <>
      <PageHead title="Events" total={replay ? `Replaying ${day(replay.from)}, ${minute(replay.from)}–${minute(replay.to)} UTC` : `${plural(shown.length, "event")} held`}>
        {replay ? (
          <Button onClick={() => span(null, null)}>Back to live</Button>
        ) : (
          <>
            <Tip word="replay"><Button startIcon={<Icon name="history" size={16} />} onClick={() => setAsking(true)}>Replay…</Button></Tip>
            <Tip word="pause">
              <Button variant="contained" color="primary" startIcon={<Icon name={list.paused ? "play" : "pause"} size={16} />} onClick={pause}>{list.paused ? "Resume" : "Pause"}</Button>
            </Tip>
          </>
        )}
      </PageHead>
      <div className="cf-filters" role="search">
        <SearchField value={filter.text} onChange={(text) => setFilter({ text })} placeholder="Filter" />
        <Filter name="Topic" value={filter.topic} onChange={(topic) => setFilter({ topic })} choices={TOPICS} />
        <Filter name="Type" value={filter.type} onChange={(type) => setFilter({ type })} choices={types.some((one) => one.value === filter.type) || !filter.type ? types : [...types, { value: filter.type, label: filter.type }]} />
        {filter.file && (
          <span className="cf-chip" data-kind="accent">
            One file
            <button type="button" className="cf-hint" aria-label="Show events of all files" onClick={() => setFilter({ file: null })}><Icon name="close" size={12} /></button>
          </span>
        )}
        <span className="cf-grow" />
        {!replay && <span className="cf-mid cf-meta cf-2 cf-row"><Kbd>Space</Kbd> pause or resume</span>}
      </div>
      <Card label="Events over time"><RateChart events={shown} span={replay ? [Date.parse(replay.from), Date.parse(replay.to)] : null} /></Card>
      {replay?.isError ? (
        <Card label="Events"><Failure error={replay.error} what="This time" again={replay.refetch} /></Card>
      ) : replay?.isPending ? (
        <Card label="Events"><SkeletonRows rows={12} height={28} /></Card>
      ) : (
        <div className="cf-events" data-open={opened ? "" : undefined}>
          <Card label="Events">
            {!replay && <ListHead paused={list.paused} waiting={list.waiting.length + list.dropped} shown={shown.length} onResume={pause} />}
            {replay && <div className="cf-listhead"><span className="cf-num">{plural(shown.length, "event")}{replay.isCut ? ", the first of more: choose a shorter time to see the rest" : ""}</span></div>}
            <Log events={shown} openId={opened?.id ?? null} onOpen={open} onScroll={() => { if (!replay && !list.paused) dispatch({ kind: "paused" }); }} isFiltered={Boolean(filter.text || filter.topic || filter.type || filter.file)} isReplay={Boolean(replay)} onClear={() => setFilter({ text: "", topic: null, type: null, file: null })} />
          </Card>
          {opened && <EventDetail key={opened.id} event={opened} onClose={() => open(null)} onOnlyFile={(file) => setFilter({ file })} />}
        </div>
      )}
      <ReplayDialog open={asking} onClose={() => setAsking(false)} onReplay={span} />
    </>
  );
}

function useFilter(): [EventFilter, (change: Partial<EventFilter>) => void] {
  const [text, setText] = useTyped("find");
  const [topic, setTopic] = useUrl("topic");
  const [type, setType] = useUrl("type");
  const [file, setFile] = useUrl("file");
  const filter = useMemo(() => ({ text, topic, type, file }), [text, topic, type, file]);
  const [, setParams] = useSearchParams();
  const set = (change: Partial<EventFilter>): void => {
    if (change.text !== undefined) setText(change.text);
    const inUrl = Object.entries(change).filter(([name]) => name !== "text");
    if (inUrl.length > 1) {
      setParams((before) => {
        for (const [name, value] of inUrl) {
          if (value) before.set(name, value);
          else before.delete(name);
        }
        return before;
      });
      return;
    }
    if (change.topic !== undefined) setTopic(change.topic);
    if (change.type !== undefined) setType(change.type);
    if (change.file !== undefined) setFile(change.file);
  };
  return [filter, set];
}

function ListHead({ paused, waiting, shown, onResume }: { paused: boolean; waiting: number; shown: number; onResume: () => void }): ReactElement {
  return (
    <div className="cf-listhead" data-paused={paused ? "" : undefined}>
      {paused ? (
        <>
          <Icon name="pause" size={14} color="var(--cf-accent)" />
          <b>Paused</b>
          <span className="cf-num">{waiting ? `${count(waiting)} newer ${waiting === 1 ? "event is" : "events are"} waiting` : "New events will wait"}</span>
          <span className="cf-grow" />
          <button type="button" className="cf-link" onClick={onResume}>{waiting ? `Show ${count(waiting)}` : "Resume"}</button>
        </>
      ) : (
        <span className="cf-num">{shown ? "Newest first" : "Waiting for the first event"}</span>
      )}
    </div>
  );
}

interface LogProps {
  events: readonly LiveEvent[];
  openId: string | null;
  onOpen: (event: LiveEvent) => void;
  onScroll: () => void;
  isFiltered: boolean;
  isReplay: boolean;
  onClear: () => void;
}

function Log({ events, openId, onOpen, onScroll, isFiltered, isReplay, onClear }: LogProps): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const narrow = useWidth() === "narrow";
  const height = narrow ? 48 : 28;
  const virtual = useVirtualizer({ count: events.length, getScrollElement: () => box.current, estimateSize: () => height, overscan: 16 });
  useEffect(() => {
    virtual.measure();
  }, [virtual, height]);
  if (!events.length) {
    return isFiltered ? (
      <Empty title="No events match" actions={<Button onClick={onClear}>Clear the filters</Button>}>None of the events held here fits. Clear the filters, or replay a longer time.</Empty>
    ) : isReplay ? (
      <Empty icon="history" title="Nothing happened then">No event of yours was recorded in this time. Choose another.</Empty>
    ) : (
      <Empty icon="history" title="Quiet so far">Uploads, scans, moves and changes of tier show up here the moment they happen. Replay shows what was before.</Empty>
    );
  }
  const items = virtual.getVirtualItems();
  return (
    // A scrollable region has to be reachable by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div ref={box} className="cf-scroll" style={{ height: "max(280px, calc(100dvh - 372px))" }} role="log" aria-live="off" aria-label="Events" tabIndex={0} onScroll={(event) => { if (event.currentTarget.scrollTop > height) onScroll(); }}>
      <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {items.map((item) => {
          const event = events[item.index];
          return event ? (
            <div key={event.id} style={{ position: "absolute", insetInline: 0, top: 0, height: item.size, transform: `translateY(${item.start}px)` }}>
              <EventRow event={event} isOpen={event.id === openId} onOpen={onOpen} />
            </div>
          ) : null;
        })}
      </div>
    </div>
  );
}

function EventRow({ event, isOpen, onOpen }: { event: LiveEvent; isOpen: boolean; onOpen: (event: LiveEvent) => void }): ReactElement {
  const type = shortType(event.type);
  const dot = isFailure(event) ? "var(--cf-error)" : type.startsWith("migration") ? "var(--cf-progress)" : type === "file.reclassified" ? "var(--cf-info)" : "var(--cf-edge)";
  return (
    <button type="button" className="cf-event" data-rowid={event.id} aria-current={isOpen ? "true" : undefined} onClick={() => onOpen(event)} style={{ "--cf-dot": dot } as React.CSSProperties}>
      <span className="cf-2">{clock(event.time, true)}</span>
      <span className={`cf-type ${isFailure(event) ? "cf-error" : ""}`}><span className="cf-ellipsis">{type}</span></span>
      <span style={{ display: "flex", minWidth: 0 }}><Path path={placeOf(event)} /></span>
      <span className="cf-2 cf-ellipsis" style={{ fontFamily: "inherit" }}>{summaryOf(event)}</span>
    </button>
  );
}

export function EventLinks({ event, onOnlyFile }: { event: LiveEvent; onOnlyFile: (file: string) => void }): ReactElement {
  const file = fileOf(event);
  const migration = migrationOf(event);
  const batch = typeof event.data["batch_id"] === "string" ? event.data["batch_id"] : null;
  return (
    <div className="cf-row cf-wrap">
      {migration && batch && <Button component={Link} to={to(`migrations?batch=${encodeURIComponent(batch)}`)}>Open migration</Button>}
      {file && <Button component={Link} to={to(`files/${encodeURIComponent(file)}`)}>Open file</Button>}
      {file && <Button onClick={() => onOnlyFile(file)}>Only this file</Button>}
    </div>
  );
}

export function CloseButton({ onClose }: { onClose: () => void }): ReactElement {
  return (
    <IconButton size="small" aria-label="Close the event" onClick={onClose}><Icon name="close" size={16} /></IconButton>
  );
}
