import type { ReactElement } from "react";
import { Link } from "react-router-dom";
import { useMigrations } from "../../api/queries";
import type { FileRow, Migration } from "../../api/types";
import { to } from "../../shell/nav";
import { Ago, Tip, tierName } from "../../ui/basics";
import { Icon } from "../../ui/icons";
import { stepView } from "../../ui/Steps";

export function HistorySection({ file }: { file: FileRow }): ReactElement {
  const moves = useMigrations({ file_id: file.file_id });
  const entries: { at: string; text: ReactElement }[] = [
    ...moves.rows.map((move) => ({ at: latest(move), text: <MoveLine move={move} /> })),
    { at: file.tier_since, text: <>Became {tierName(file.tier).toLowerCase()}</> },
    { at: file.first_seen_at, text: <>First seen</> },
  ].sort((a, b) => (a.at < b.at ? 1 : -1));
  return (
    <section>
      <h3>History <Tip word="history"><button type="button" className="cf-hint" aria-label="What the history holds"><Icon name="info" size={14} /></button></Tip></h3>
      <ul className="cf-timeline">
        {entries.map((entry, place) => (
          <li key={`${entry.at}-${place}`}>
            <div>{entry.text}</div>
            <div className="cf-meta cf-3"><Ago time={entry.at} /></div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function latest(move: Migration): string {
  return Object.values(move.timestamps).sort().at(-1) ?? "";
}

function MoveLine({ move }: { move: Migration }): ReactElement {
  const { label, kind } = stepView(move);
  const where = move.source.location_id === move.destination.location_id ? `${move.source.storage_class} to ${move.destination.storage_class}` : `${move.source.location_id} to ${move.destination.location_id}`;
  return (
    <Link to={to(`migrations?batch=${encodeURIComponent(move.batch_id)}`)} className={kind === "bad" ? "cf-error" : undefined}>
      Move {where}: {label.toLowerCase()}{move.error ? `, ${move.error}` : ""}
    </Link>
  );
}
