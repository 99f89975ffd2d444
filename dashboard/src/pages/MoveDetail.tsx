import type { ReactElement } from "react";
import { Link } from "react-router-dom";
import type { Migration, MigrationState } from "../api/types";
import { exactTime, millis } from "../format/format";
import { to } from "../shell/nav";
import { Move, RunLink, Tip } from "../ui/basics";

const STEPS: readonly [MigrationState, string][] = [
  ["queued", "Asked for"],
  ["validated", "Source checked"],
  ["copied", "Copy written"],
  ["verified", "Checksums compared"],
  ["switched", "Readers get the copy"],
  ["done", "Original let go"],
  ["failed", "Failed"],
  ["cancelled", "Cancelled"],
  ["rolled_back", "Rolled back"],
];

/** When each step of a move ended and how long it took, how the copy was proved, and where its log is. */
export function MoveDetail({ move }: { move: Migration }): ReactElement {
  const reached = STEPS.flatMap(([state, word]) => {
    const at = move.timestamps[state];
    return at ? [{ state, word, at }] : [];
  }).sort((a, b) => (a.at < b.at ? -1 : 1));
  return (
    <div className="cf-why" data-steps="">
      <div>
        <b className="cf-strong">Steps</b>
        <ol className="cf-lines" style={{ marginTop: 4 }}>
          {reached.map((step, place) => (
            <li key={step.state} className="cf-row">
              <span className="cf-grow">{step.word}</span>
              <span className="cf-2 cf-num cf-meta">{exactTime(step.at, true)}</span>
              <span className="cf-2 cf-num cf-right" style={{ width: 64 }}>{place ? millis(Date.parse(step.at) - Date.parse(reached[place - 1]?.at ?? step.at)) : ""}</span>
            </li>
          ))}
        </ol>
      </div>
      <div>
        <b className="cf-strong">From and to</b>
        <p><Move from={move.source.storage_class} to={move.destination.storage_class} /></p>
        {move.source.location_id !== move.destination.location_id && <p><Move from={move.source.location_id} to={move.destination.location_id} /></p>}
        <p className="cf-2">Asked for by {move.requested_by}</p>
        <p className="cf-row cf-wrap" style={{ gap: 16 }}>
          <Link className="cf-link" to={to(`files/${encodeURIComponent(move.file_id)}`)}>Open the file</Link>
          {move.run_url && <RunLink url={move.run_url} />}
        </p>
      </div>
      <div>
        <b className="cf-strong">Proof</b>
        <p className="cf-2">{move.proof ? `Verified by ${move.proof}` : "Not verified yet"}</p>
        {move.notes.map((note) => <p key={note} className="cf-2">{note}</p>)}
        {move.quarantined_until && <p className="cf-2"><Tip word="keepOriginals"><span>Original kept until {exactTime(move.quarantined_until)}</span></Tip></p>}
      </div>
    </div>
  );
}
