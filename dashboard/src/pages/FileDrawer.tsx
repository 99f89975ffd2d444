import Button from "@mui/material/Button";
import IconButton from "@mui/material/IconButton";
import Tooltip from "@mui/material/Tooltip";
import { useEffect, useRef, type ReactElement } from "react";
import { Link } from "react-router-dom";
import { ApiProblem, withQuery } from "../api/client";
import { useFile, usePathOf, useProviderOf, useReads } from "../api/queries";
import type { DayOfReads, FileRow } from "../api/types";
import { bytes, count, splitPath } from "../format/format";
import { sentence } from "../format/words";
import { isCovered } from "../shell/keys";
import { to } from "../shell/nav";
import { Ago, Cloud, Kbd, TierMark, Tip, cloudName } from "../ui/basics";
import { Icon } from "../ui/icons";
import { Empty, Failure, SkeletonRows } from "../ui/states";
import { copied, useToast } from "../ui/toasts";
import { useFocusBack } from "../ui/useFocusBack";
import { HistorySection } from "./file/HistorySection";
import { PricesSection } from "./file/PricesSection";
import { ReadsSection } from "./file/ReadsSection";

interface DrawerProps {
  id: string;
  onClose: () => void;
  onMove: (file: FileRow) => void;
}

/** Everything about one file; the table beside it goes on working. */
export function FileDrawer({ id, onClose, onMove }: DrawerProps): ReactElement {
  const file = useFile(id);
  const closing = useRef<HTMLButtonElement>(null);
  useFocusBack();
  useEffect(() => closing.current?.focus(), []);
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key === "Escape" && !isCovered()) onClose();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [onClose]);
  return (
    <aside className="cf-drawer" aria-label="File">
      <DrawerHead file={file.data} closing={closing} onClose={onClose} />
      {file.isError && !file.data ? (
        file.error instanceof ApiProblem && file.error.status === 404 ? (
          <Empty title="No such file" actions={<Button onClick={onClose}>Back to the list</Button>}>It may have been removed, or it belongs to somebody else.</Empty>
        ) : (
          <Failure error={file.error} what="This file" again={() => void file.refetch()} />
        )
      ) : file.data ? (
        <DrawerBody file={file.data} onMove={onMove} />
      ) : (
        <SkeletonRows rows={8} />
      )}
    </aside>
  );
}

function DrawerHead({ file, closing, onClose }: { file: FileRow | undefined; closing: React.RefObject<HTMLButtonElement | null>; onClose: () => void }): ReactElement {
  const pathOf = usePathOf();
  const toast = useToast();
  const path = file ? pathOf(file) : "";
  const { folder, name } = splitPath(path);
  const copy = (): void => void copied(path, "Path").then(toast);
  return (
    <div className="cf-drawerhead">
      <div className="cf-grow">
        <h2 className="cf-mono cf-strong" style={{ fontSize: 14, lineHeight: "20px", overflowWrap: "anywhere" }}>{name || "…"}</h2>
        <div className="cf-row" style={{ gap: 4 }}>
          <span className="cf-mono cf-3" style={{ overflowWrap: "anywhere" }}>{folder}</span>
          {file && (
            <Tooltip title="Copy the path">
              <IconButton size="small" aria-label="Copy the path" onClick={copy}>
                <Icon name="copy" size={14} />
              </IconButton>
            </Tooltip>
          )}
        </div>
      </div>
      <IconButton aria-label="Close" onClick={onClose} ref={closing}>
        <Icon name="close" />
      </IconButton>
    </div>
  );
}

function DrawerBody({ file, onMove }: { file: FileRow; onMove: (file: FileRow) => void }): ReactElement {
  const providerOf = useProviderOf();
  const provider = providerOf(file.location_id);
  const reads = useReads(file.file_id);
  return (
    <>
      <div className="cf-drawerbody">
        <dl className="cf-facts">
          <Fact term="Tier"><TierMark tier={file.tier} /></Fact>
          <Fact term="Since"><Ago time={file.tier_since} /></Fact>
          <Fact term="Reads, 30 days"><span className="cf-num">{count(lately(reads.data))}</span></Fact>
          <Fact term="Size"><span className="cf-num">{bytes(file.size_bytes, true)}</span></Fact>
        </dl>
        <ReadsSection file={file} />
        <section>
          <h3>Why {file.tier} <Tip word="why"><button type="button" className="cf-hint" aria-label="What decides the tier"><Icon name="info" size={14} /></button></Tip></h3>
          {file.tier_reasons.length ? (
            <ul className="cf-stack" style={{ gap: 4 }}>
              {file.tier_reasons.map((reason) => (
                <li className="cf-row" key={reason} style={{ alignItems: "flex-start" }}>
                  <span className="cf-3" aria-hidden="true">–</span> {sentence(reason)}
                </li>
              ))}
            </ul>
          ) : (
            <p className="cf-2">Not judged yet. The next classification says why.</p>
          )}
        </section>
        <PricesSection file={file} />
        <section>
          <h3>Details</h3>
          <dl className="cf-pairs">
            <dt>Lies in</dt>
            <dd className="cf-row"><Cloud provider={provider} /> {file.location_id}, {cloudName(provider)}</dd>
            <dt><Tip word="storageClass"><span>Storage class</span></Tip></dt>
            <dd>{file.storage_class}</dd>
            <dt>Content type</dt>
            <dd>{file.content_type ?? "–"}</dd>
            <dt><Tip word="lastRead"><span>Last read</span></Tip></dt>
            <dd><Ago time={file.last_read_at} never="never" /></dd>
            <dt>Changed</dt>
            <dd><Ago time={file.modified_at} /></dd>
            <dt>Owner</dt>
            <dd>{file.owner}</dd>
          </dl>
        </section>
        <HistorySection file={file} />
      </div>
      <div className="cf-drawerfoot">
        <Button variant="contained" color="primary" onClick={() => onMove(file)} disabled={Boolean(file.migration_id)}>
          {file.migration_id ? "Moving now" : "Move…"}
        </Button>
        <Button component="a" href={withQuery(`files/${encodeURIComponent(file.file_id)}/content`).href} download startIcon={<Icon name="download" size={16} />}>Download</Button>
        <Button component={Link} to={to(`events?file=${encodeURIComponent(file.file_id)}`)} variant="text">Events</Button>
        <span className="cf-grow" />
        <span className="cf-mid cf-row cf-meta cf-2"><Kbd>Esc</Kbd> close</span>
      </div>
    </>
  );
}

function Fact({ term, children }: { term: string; children: React.ReactNode }): ReactElement {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Reads of the last 30 days; unknown as long as the history is. */
function lately(days: readonly DayOfReads[] | undefined): number | null {
  return days ? days.slice(-30).reduce((sum, day) => sum + day.reads, 0) : null;
}
