import Button from "@mui/material/Button";
import IconButton from "@mui/material/IconButton";
import MenuItem from "@mui/material/MenuItem";
import Select from "@mui/material/Select";
import { createContext, useContext, useMemo, useRef, useState, useSyncExternalStore, type ReactElement, type ReactNode } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router-dom";
import { usePreferences } from "../api/me";
import { KEYS, refresh, useLocations } from "../api/queries";
import { bytes, bytesOf, plural, speed } from "../format/format";
import { to } from "../shell/nav";
import { Progress } from "../ui/basics";
import { Icon } from "../ui/icons";
import { DropTarget } from "./DropTarget";
import { isOpen, Transfers, type Transfer } from "./transfers";

interface UploadApi {
  choose: () => void;
  transfers: Transfers;
  reopen: () => void;
}

const Context = createContext<UploadApi | null>(null);

export function useUpload(): UploadApi {
  const api = useContext(Context);
  if (!api) throw new Error("useUpload needs UploadProvider above it");
  return api;
}

/** They go on while somebody looks at Airflow's own pages, and are shown to who comes back. */
let ofThisWindow: Transfers | undefined;

function useTransfers(transfers: Transfers): readonly Transfer[] {
  return useSyncExternalStore(transfers.subscribe, transfers.get);
}

/** Whoever closes the window while uploads run is asked first, on Airflow's own pages, too. */
function guarded(transfers: Transfers): Transfers {
  window.addEventListener("beforeunload", (event) => {
    if (transfers.get().some(isOpen)) event.preventDefault();
  });
  return transfers;
}

/** Files can be dropped anywhere on Overview and Files, and wherever the panel is open, or chosen; they go on while people look at other pages. */
export function UploadProvider({ children }: { children: ReactNode }): ReactElement {
  const client = useQueryClient();
  const transfers = useMemo(() => (ofThisWindow ??= guarded(new Transfers(() => void refresh(client, [KEYS.files, KEYS.totals])))), [client]);
  const input = useRef<HTMLInputElement>(null);
  const [open, setOpen] = useState(false);
  const [waiting, setWaiting] = useState<readonly File[]>([]);
  const api = useMemo<UploadApi>(() => ({ choose: () => input.current?.click(), transfers, reopen: () => setOpen(true) }), [transfers]);
  const close = (): void => {
    setOpen(false);
    setWaiting([]);
  };
  const take = (files: readonly File[]): void => {
    if (!files.length) return;
    setWaiting((before) => [...before, ...files]);
    setOpen(true);
  };
  return (
    <Context.Provider value={api}>
      {children}
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-hidden="true"
        tabIndex={-1}
        data-testid="upload-input"
        onChange={(event) => {
          take([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      <DropTarget isPanelOpen={open} onDrop={take} />
      {open && <Panel waiting={waiting} onWaiting={setWaiting} onClose={close} />}
    </Context.Provider>
  );
}

interface PanelProps {
  waiting: readonly File[];
  onWaiting: (files: readonly File[]) => void;
  onClose: () => void;
}

function Panel({ waiting, onWaiting, onClose }: PanelProps): ReactElement {
  const { transfers, choose } = useUpload();
  const rows = useTransfers(transfers);
  const running = rows.filter(isOpen).length;
  const failed = rows.filter((row) => row.state === "failed").length;
  return (
    <section className="cf-upload" role="dialog" aria-modal="false" aria-label="Upload">
      <div className="cf-row" style={{ padding: "10px 8px 10px 16px", borderBottom: "1px solid var(--cf-line)" }}>
        <b className="cf-strong cf-grow" style={{ fontSize: 14 }}>{waiting.length ? `Upload ${plural(waiting.length, "file")}` : running ? `Uploading ${plural(running, "file")}` : failed ? `${plural(failed, "file")} not uploaded` : "Uploads"}</b>
        <Button size="small" variant="text" onClick={choose}>Add files…</Button>
        <IconButton size="small" aria-label="Close; uploads go on" onClick={onClose}>
          <Icon name="close" size={16} />
        </IconButton>
      </div>
      {waiting.length > 0 && <Destination files={waiting} onDone={() => onWaiting([])} />}
      {rows.length > 0 && (
        <ul style={{ maxHeight: 280, overflow: "auto" }}>
          {rows.map((row) => (
            <TransferRow key={row.id} row={row} />
          ))}
        </ul>
      )}
      {!rows.length && !waiting.length && <p className="cf-2" style={{ padding: 16 }}>Nothing to upload. Drop files here or choose some.</p>}
    </section>
  );
}

/** Asked before the first byte leaves: to which location, and below which folder. */
function Destination({ files, onDone }: { files: readonly File[]; onDone: () => void }): ReactElement {
  const { transfers } = useUpload();
  const locations = useLocations();
  const navigate = useNavigate();
  const { preferences, save } = usePreferences();
  const [picked, setPicked] = useState<string | null>(null);
  const [folder, setFolder] = useState("");
  const all = locations.data ?? [];
  const chosen = picked ?? preferences?.upload_location;
  const place = (all.find((one) => one.location_id === chosen) ?? all[0])?.location_id ?? "";
  const size = files.reduce((sum, file) => sum + file.size, 0);
  if (locations.data && !all.length) {
    return (
      <div style={{ padding: 16 }} className="cf-stack">
        <span>There is no location to upload to yet.</span>
        <Button variant="contained" color="primary" onClick={() => { onDone(); void navigate(to("settings/connections")); }}>Connect a cloud</Button>
      </div>
    );
  }
  const start = (): void => {
    if (place !== preferences?.upload_location) save({ upload_location: place });
    transfers.add(files, { locationId: place, folder: folder.trim() });
    onDone();
  };
  return (
    <div style={{ padding: 16, borderBottom: "1px solid var(--cf-line)" }} className="cf-stack">
      <ul className="cf-2 cf-meta" style={{ maxHeight: 72, overflow: "auto" }}>
        {files.slice(0, 20).map((file) => (
          <li key={`${file.name}-${file.size}`} className="cf-row"><span className="cf-grow cf-ellipsis">{file.name}</span><span className="cf-num">{bytes(file.size)}</span></li>
        ))}
        {files.length > 20 && <li>and {plural(files.length - 20, "more file", "more files")}</li>}
      </ul>
      <div className="cf-row">
        <Select size="small" value={place} onChange={(event) => setPicked(event.target.value)} inputProps={{ "aria-label": "Location to upload to" }} sx={{ flex: "1 1 50%", minWidth: 0 }}>
          {all.map((one) => <MenuItem key={one.location_id} value={one.location_id}>{one.location_id}</MenuItem>)}
        </Select>
        <label className="cf-field" style={{ flex: "1 1 50%" }}>
          <span className="cf-hidden">Folder, may be empty</span>
          <input value={folder} placeholder="Folder, may be empty" onChange={(event) => setFolder(event.target.value)} />
        </label>
      </div>
      <div className="cf-row cf-foot">
        <span className="cf-meta cf-2 cf-grow">New files start as warm.</span>
        <div className="cf-row">
          <Button onClick={onDone}>Cancel</Button>
          <Button variant="contained" color="primary" onClick={start} disabled={!place}>Upload {plural(files.length, "file")}, {bytes(size)}</Button>
        </div>
      </div>
    </div>
  );
}

function TransferRow({ row }: { row: Transfer }): ReactElement {
  const { transfers } = useUpload();
  const open = isOpen(row);
  return (
    <li style={{ padding: "10px 8px 10px 16px", borderTop: "1px solid var(--cf-line)" }}>
      <div className="cf-row">
        <span className="cf-grow cf-ellipsis">{row.file.name}</span>
        {row.state === "done" && <Icon name="checkCircle" size={16} color="var(--cf-ok)" />}
        {row.state === "failed" && <Icon name="alert" size={16} color="var(--cf-error)" />}
        {open ? (
          <Button size="small" variant="text" onClick={() => transfers.cancel(row.id)} sx={{ color: "var(--cf-text2)" }} aria-label={`Cancel ${row.file.name}`}>Cancel</Button>
        ) : row.state === "failed" ? (
          <Button size="small" variant="text" onClick={() => transfers.retry(row.id)} aria-label={`Try ${row.file.name} again`}>Try again</Button>
        ) : null}
      </div>
      {row.state === "sending" && <Progress share={row.sent / Math.max(1, row.file.size)} label={`Upload of ${row.file.name}`} />}
      <div className={`cf-meta cf-num ${row.state === "failed" ? "cf-error" : "cf-2"}`} role={row.state === "failed" ? "alert" : undefined} style={{ overflowWrap: "anywhere", marginTop: 4 }}>
        {row.state === "failed" ? row.error : row.state === "done" ? `${bytes(row.file.size)}, uploaded as warm` : row.state === "cancelled" ? "Cancelled, nothing stays behind" : row.state === "waiting" ? `${bytes(row.file.size)}, waiting` : `${bytesOf(row.sent, row.file.size)}, ${speed(row.bytesPerSecond)}`}
      </div>
    </li>
  );
}

/** In the bar while uploads run, so that the panel can be closed. */
export function UploadCount(): ReactElement | null {
  const { transfers, reopen } = useUpload();
  const rows = useTransfers(transfers);
  const running = rows.filter(isOpen).length;
  if (!rows.length) return null;
  return (
    <Button size="small" variant="text" onClick={reopen} startIcon={<Icon name="upload" size={16} />} aria-label={running ? `${plural(running, "upload")} running` : "Uploads"}>
      {running || null}
    </Button>
  );
}
