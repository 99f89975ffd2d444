import Button from "@mui/material/Button";
import Dialog from "@mui/material/Dialog";
import { useState, type ReactElement } from "react";
import { Range } from "../ui/controls";

const SPANS = [
  { value: "15", label: "15 min" },
  { value: "60", label: "1 h" },
  { value: "360", label: "6 h" },
  { value: "1440", label: "24 h" },
] as const;
type Span = (typeof SPANS)[number]["value"];

/** From when, for how long. Times are UTC, as on every page. */
export function ReplayDialog({ open, onClose, onReplay }: { open: boolean; onClose: () => void; onReplay: (from: string, to: string) => void }): ReactElement {
  return (
    <Dialog open={open} onClose={onClose} aria-labelledby="cf-replay" slotProps={{ paper: { sx: { width: 440 } } }}>
      {open && <Form onClose={onClose} onReplay={onReplay} />}
    </Dialog>
  );
}

function Form({ onClose, onReplay }: { onClose: () => void; onReplay: (from: string, to: string) => void }): ReactElement {
  const [start, setStart] = useState(() => new Date(Date.now() - 3_600_000).toISOString().slice(0, 16));
  const [span, setSpan] = useState<Span>("60");
  const from = new Date(`${start}:00Z`);
  const isGood = !Number.isNaN(from.getTime()) && from.getTime() < Date.now();
  const replay = (): void => {
    onReplay(from.toISOString(), new Date(from.getTime() + Number(span) * 60_000).toISOString());
    onClose();
  };
  return (
    <div className="cf-dialog">
      <div>
        <h2 id="cf-replay">Replay events</h2>
        <p className="cf-2">Shows what happened then. Nothing runs again, and the live stream goes on in the background.</p>
      </div>
      <div className="cf-form" style={{ gridTemplateColumns: "96px minmax(0, 1fr)" }}>
        <label htmlFor="cf-from">From, UTC</label>
        <div>
          <div className="cf-field"><input id="cf-from" type="datetime-local" value={start} onChange={(event) => setStart(event.target.value)} /></div>
          {!isGood && <div className="cf-below" data-bad="">Choose a time that has passed</div>}
        </div>
        <span className="cf-label">For</span>
        <div><Range label="How long" value={span} choices={SPANS} onChange={setSpan} /></div>
      </div>
      <div className="cf-row">
        <span className="cf-grow" />
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="contained" color="primary" disabled={!isGood} onClick={replay}>Replay</Button>
      </div>
    </div>
  );
}
