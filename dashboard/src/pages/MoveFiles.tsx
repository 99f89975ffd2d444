import Button from "@mui/material/Button";
import Dialog from "@mui/material/Dialog";
import MenuItem from "@mui/material/MenuItem";
import Select from "@mui/material/Select";
import { useState, type ReactElement } from "react";
import { startMigrations } from "../api/actions";
import { KEYS, useLocations, usePathOf, useProviderOf, useWrite } from "../api/queries";
import type { FileRow } from "../api/types";
import { bytes, plural } from "../format/format";
import { Cloud, Path, TIERS, TierMark, cloudName, type Tier } from "../ui/basics";
import { Range } from "../ui/controls";
import { useTellStarted } from "./useTellStarted";

const SHOWN = 50;
/** Each file stays in its own location. */
const STAY = "";

/** Where to, then yes or no: it names the files and bytes before anything starts. */
export function MoveFiles({ files, onClose }: { files: readonly FileRow[] | null; onClose: (started: boolean) => void }): ReactElement {
  return (
    <Dialog open={Boolean(files?.length)} onClose={() => onClose(false)} aria-labelledby="cf-move">
      {files?.length ? <MoveForm files={files} onClose={onClose} /> : null}
    </Dialog>
  );
}

function MoveForm({ files, onClose }: { files: readonly FileRow[]; onClose: (started: boolean) => void }): ReactElement {
  const locations = useLocations();
  const pathOf = usePathOf();
  const providerOf = useProviderOf();
  const tell = useTellStarted();
  const first = files[0];
  const [tier, setTier] = useState<Tier>(first?.tier ?? "warm");
  const [place, setPlace] = useState(files.every((file) => file.location_id === first?.location_id) ? (first?.location_id ?? STAY) : STAY);
  const size = files.reduce((sum, file) => sum + file.size_bytes, 0);
  const start = useWrite(startMigrations, [KEYS.migrations, KEYS.files], (started) => {
    tell(started, files.length, (rest) => `${plural(rest, "file")} not started`);
    onClose(true);
  });
  const stays = place === STAY || files.every((file) => file.location_id === place);
  const confirm = (): void => start.mutate({ file_ids: files.map((file) => file.file_id), location_id: stays ? null : place, tier });
  return (
    <div className="cf-dialog">
      <div>
        <h2 id="cf-move">Move {plural(files.length, "file")}?</h2>
        <p className="cf-2">{bytes(size, true)}. Files stay readable throughout; the original stays until the copy is verified.</p>
      </div>
      <div className="cf-form">
        <label htmlFor="cf-place">To</label>
        <Select id="cf-place" size="small" value={locations.data ? place : STAY} onChange={(event) => setPlace(event.target.value)} displayEmpty inputProps={{ "aria-label": "Location to move to" }}>
          <MenuItem value={STAY}>Where they lie</MenuItem>
          {(locations.data ?? []).map((one) => (
            <MenuItem key={one.location_id} value={one.location_id}>
              {one.location_id}, {cloudName(one.provider)}
            </MenuItem>
          ))}
        </Select>
        <span className="cf-label">As</span>
        <div>
          <Range label="Tier to move to" value={tier} onChange={setTier} choices={TIERS.map((one) => ({ value: one, label: <TierMark tier={one} /> }))} />
        </div>
      </div>
      <ul className="cf-moves" aria-label="Files to move">
        {files.slice(0, SHOWN).map((file) => (
          <li key={file.file_id}>
            <Cloud provider={providerOf(file.location_id)} />
            <span className="cf-grow" style={{ display: "flex" }}><Path path={pathOf(file)} /></span>
            <span className="cf-num cf-2">{bytes(file.size_bytes)}</span>
          </li>
        ))}
        {files.length > SHOWN && <li className="cf-2">and {plural(files.length - SHOWN, "more file", "more files")}</li>}
      </ul>
      {start.isError && <div className="cf-banner" data-kind="error" role="alert">{start.error.message}</div>}
      <div className="cf-row">
        <span className="cf-grow" />
        <Button onClick={() => onClose(false)}>Cancel</Button>
        <Button variant="contained" color="primary" onClick={confirm} loading={start.isPending}>
          Move {plural(files.length, "file")}, {bytes(size)}
        </Button>
      </div>
    </div>
  );
}
