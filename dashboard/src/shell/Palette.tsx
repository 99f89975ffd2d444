import Dialog from "@mui/material/Dialog";
import { useEffect, useRef, useState, type KeyboardEvent, type ReactElement } from "react";
import { useNavigate } from "react-router-dom";
import { useFileSearch, usePathOf } from "../api/queries";
import { Kbd, Path, TierMark } from "../ui/basics";
import { Icon } from "../ui/icons";
import { useSettled } from "../ui/useSettled";
import { SETTINGS, TABS, to } from "./nav";

interface Hit {
  id: string;
  path: string;
  content: ReactElement;
}

/** Ctrl K: pages by name, files by any part of their path. */
export function Palette({ open, onClose }: { open: boolean; onClose: () => void }): ReactElement {
  return (
    <Dialog open={open} onClose={onClose} aria-label="Search or jump to" sx={{ "& .MuiDialog-container": { alignItems: "flex-start", pt: "8vh" } }}>
      {open && <Finder onClose={onClose} />}
    </Dialog>
  );
}

function Finder({ onClose }: { onClose: () => void }): ReactElement {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const settled = useSettled(text, 200);
  const files = useFileSearch(settled);
  const pathOf = usePathOf();
  const navigate = useNavigate();
  const pages: Hit[] = [...TABS, SETTINGS]
    .filter((tab) => tab.label.toLowerCase().includes(text.trim().toLowerCase()))
    .map((tab) => ({ id: `p-${tab.path}`, path: to(tab.path), content: <span>{tab.label}</span> }));
  const found: Hit[] = (files.data ?? []).map((file) => ({
    id: file.file_id,
    path: to(`files/${encodeURIComponent(file.file_id)}`),
    content: (
      <>
        <span className="cf-grow" style={{ display: "flex" }}>
          <Path path={pathOf(file)} />
        </span>
        <TierMark tier={file.tier} />
      </>
    ),
  }));
  // Pages are here at once: what comes later must not take the place of what Enter goes to.
  const hits = [...pages, ...found];
  const go = (hit: Hit | undefined): void => {
    if (!hit) return;
    onClose();
    void navigate(hit.path);
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setAt((at + step + hits.length) % Math.max(1, hits.length));
    } else if (event.key === "Enter") go(hits[at]);
  };
  return (
    <div style={{ padding: 8 }}>
      <label className="cf-field" style={{ border: 0, boxShadow: "none" }}>
        <Icon name="search" size={18} />
        <input
          // The dialog exists for this field alone.
          // eslint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls="cf-hits"
          aria-activedescendant={hits[at] ? `cf-hit-${hits[at].id}` : undefined}
          aria-label="Search or jump to"
          placeholder="A page, or part of a file's path"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKey}
        />
        <Kbd>Esc</Kbd>
      </label>
      <div id="cf-hits" role="listbox" aria-label="Results" style={{ maxHeight: 360, overflow: "auto", borderTop: "1px solid var(--cf-line)", paddingTop: 4 }}>
        {hits.map((hit, place) => (
          <Option key={hit.id} hit={hit} isChosen={place === at} onChoose={() => setAt(place)} onGo={() => go(hit)} />
        ))}
        {files.error && <p className="cf-2" role="alert" style={{ padding: "8px 12px", margin: 0 }}>Files could not be searched. {files.error.message}</p>}
        {files.isSuccess && !files.isPlaceholderData && !found.length && <p className="cf-2" style={{ padding: "8px 12px", margin: 0 }}>No file's path has “{settled}”.</p>}
      </div>
    </div>
  );
}

function Option({ hit, isChosen, onChoose, onGo }: { hit: Hit; isChosen: boolean; onChoose: () => void; onGo: () => void }): ReactElement {
  const line = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isChosen) line.current?.scrollIntoView({ block: "nearest" });
  }, [isChosen]);
  return (
    // The field above keeps the focus; arrows and Enter work there. A pointer that rests chooses nothing when lines move below it.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events
    <div ref={line} id={`cf-hit-${hit.id}`} role="option" aria-selected={isChosen} tabIndex={-1} className="cf-row" style={{ padding: "8px 12px", borderRadius: 6, cursor: "pointer", background: isChosen ? "var(--cf-selected)" : undefined }} onMouseMove={onChoose} onClick={onGo}>
      {hit.content}
    </div>
  );
}
