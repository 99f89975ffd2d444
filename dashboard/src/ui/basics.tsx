import Tooltip from "@mui/material/Tooltip";
import type { ReactElement, ReactNode } from "react";
import { bytes, count, exactTime, ago, percent, splitPath, type Maybe } from "../format/format";
import { useNow } from "./useNow";
import { WORDS, type Word } from "../words";
import { Icon, TierShape } from "./icons";

import type { Tier } from "../api/types";
export type { Tier };
export const TIERS: readonly Tier[] = ["hot", "warm", "cold"];
const TIER_NAME: Record<Tier, string> = { hot: "Hot", warm: "Warm", cold: "Cold" };

export function tierName(tier: Tier): string {
  return TIER_NAME[tier];
}

/** A term with a small "i" whose tooltip explains it, on hover and on focus. */
export function Term({ word, children }: { word: Word; children: ReactNode }): ReactElement {
  return (
    <span className="cf-term">
      {children}
      <Tooltip title={WORDS[word]} describeChild>
        <button type="button" className="cf-hint" aria-label={`What "${textOf(children)}" means`}>
          <Icon name="info" size={14} />
        </button>
      </Tooltip>
    </span>
  );
}

/** A tooltip over something that is there anyway: column heads, tiers, buttons. */
export function Tip({ word, children }: { word: Word; children: ReactElement }): ReactElement {
  return (
    <Tooltip title={WORDS[word]} describeChild>
      {children}
    </Tooltip>
  );
}

/** Leads to a run of Airflow, in a tab of its own. */
export function RunLink({ url }: { url: string }): ReactElement {
  return (
    <Tip word="log">
      <a className="cf-link cf-row" href={url} target="_blank" rel="noopener" style={{ gap: 4 }}>Logs <Icon name="external" size={14} /></a>
    </Tip>
  );
}

function textOf(node: ReactNode): string {
  return typeof node === "string" ? node : Array.isArray(node) ? node.map(textOf).join("") : "this";
}

export function TierMark({ tier, word = true }: { tier: Maybe<Tier>; word?: boolean }): ReactElement {
  if (!tier) return <span className="cf-3">–</span>;
  return (
    <Tip word={tier}>
      <span className="cf-tier">
        <TierShape tier={tier} />
        {word ? TIER_NAME[tier] : <span className="cf-hidden">{TIER_NAME[tier]}</span>}
      </span>
    </Tip>
  );
}

/** From one tier or storage class to another. */
export function Move({ from, to }: { from: Maybe<string>; to: Maybe<string> }): ReactElement {
  return (
    <span className="cf-move">
      <Side value={from} />
      <Icon name="arrow" size={14} />
      <span className="cf-hidden">to</span>
      <Side value={to} />
    </span>
  );
}

function Side({ value }: { value: Maybe<string> }): ReactElement {
  return value && (TIERS as readonly string[]).includes(value) ? (
    <TierMark tier={value as Tier} />
  ) : (
    <span className="cf-ellipsis">{value ?? "–"}</span>
  );
}

const CLOUDS: Record<string, [string, string]> = { s3: ["S3", "Amazon S3"], azure: ["AZ", "Azure Blob"], gcs: ["GC", "Google Cloud Storage"], memory: ["ME", "Memory"] };

export function cloudName(provider: Maybe<string>): string {
  return CLOUDS[provider ?? ""]?.[1] ?? provider ?? "Unknown";
}

export function Cloud({ provider }: { provider: Maybe<string> }): ReactElement {
  return (
    <span className="cf-cloud" role="img" aria-label={cloudName(provider)} title={cloudName(provider)}>
      {CLOUDS[provider ?? ""]?.[0] ?? "?"}
    </span>
  );
}

const SCHEMES: Record<string, string> = { s3: "s3", azure: "az", gcs: "gs", memory: "mem" };

export function pathOf(place: { provider?: Maybe<string>; bucket?: Maybe<string>; location_id: string; name: string }): string {
  return place.bucket ? `${SCHEMES[place.provider ?? ""] ?? "at"}://${place.bucket}/${place.name}` : `${place.location_id}/${place.name}`;
}

/** The folder gives way first, the name never; the whole path stands in the tooltip. */
export function Path({ path, label }: { path: string; label?: string }): ReactElement {
  const { folder, name } = splitPath(path);
  return (
    <Tooltip title={<span style={{ overflowWrap: "anywhere" }}>{path}</span>} enterDelay={600}>
      <span className="cf-path" aria-label={label}>
        {folder && <span className="cf-folder">{folder}</span>}
        <span className="cf-name">{name}</span>
      </span>
    </Tooltip>
  );
}

export function Ago({ time, never = "–" }: { time: Maybe<string>; never?: string }): ReactElement {
  const now = useNow();
  if (!time) return <span className="cf-3">{never}</span>;
  return (
    <Tooltip title={exactTime(time)} enterDelay={600}>
      <time dateTime={time} className="cf-nowrap">
        {ago(time, now)}
      </time>
    </Tooltip>
  );
}

export function Card(props: { title?: ReactNode; word?: Word; sub?: ReactNode; side?: ReactNode; foot?: ReactNode; children: ReactNode; label?: string; tour?: string; className?: string }): ReactElement {
  return (
    <section className={`cf-card ${props.className ?? ""}`} aria-label={props.label ?? (typeof props.title === "string" ? props.title : undefined)} data-tour={props.tour}>
      {props.title && (
        <div className="cf-cardhead">
          <h2>
            {props.title}
            {props.word && (
              <Tooltip title={WORDS[props.word]} describeChild>
                <button type="button" className="cf-hint" aria-label={`What "${textOf(props.title)}" means`}>
                  <Icon name="info" size={14} />
                </button>
              </Tooltip>
            )}
          </h2>
          {props.sub && <span className="cf-sub">{props.sub}</span>}
          {props.side}
        </div>
      )}
      {props.children}
      {props.foot && <div className="cf-cardfoot">{props.foot}</div>}
    </section>
  );
}

/** One figure of the strip below the page's head. */
export interface Cell {
  term: string;
  word?: Word;
  value: ReactNode;
  unit?: string;
  note?: ReactNode;
  side?: ReactNode;
  bad?: boolean;
}

export function Strip({ cells, label }: { cells: readonly Cell[]; label: string }): ReactElement {
  return (
    <section aria-label={label} data-tour="strip">
      <dl className="cf-strip">
        {cells.map((cell) => (
          <div className="cf-cell" key={cell.term}>
            <dt>{cell.word ? <Term word={cell.word}>{cell.term}</Term> : cell.term}</dt>
            <dd>
              <div className={cell.bad ? "cf-figure cf-error" : "cf-figure"}>
                {cell.value}
                {cell.unit && <small>{cell.unit}</small>}
              </div>
              {cell.note && <div className="cf-note">{cell.note}</div>}
              {cell.side && <div className="cf-side">{cell.side}</div>}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

export function Progress({ share, label }: { share: number; label: string }): ReactElement {
  const shown = Math.max(0, Math.min(1, Number.isFinite(share) ? share : 0));
  return (
    <div className="cf-progress" role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.floor(shown * 100)} aria-valuetext={percent(Math.floor(shown * 100) / 100)}>
      <i style={{ width: `${shown * 100}%` }} />
    </div>
  );
}

/** A share of something, drawn; the figure stands beside it. */
export function Bar({ share, color }: { share: number; color: string }): ReactElement {
  return (
    <div className="cf-progress" aria-hidden="true">
      <i style={{ width: `${Math.min(1, share) * 100}%`, background: color }} />
    </div>
  );
}

export function FileSum({ files, size }: { files: number; size: number }): ReactElement {
  return (
    <span className="cf-num">
      {count(files)} {files === 1 ? "file" : "files"}, {bytes(size)}
    </span>
  );
}

export function Kbd({ children }: { children: ReactNode }): ReactElement {
  return <kbd className="cf-kbd">{children}</kbd>;
}
