import { useEffect, useRef, useState, type ReactElement } from "react";
import { useLocation } from "react-router-dom";
import { plural } from "../format/format";
import { tabOf } from "../shell/nav";
import { Icon } from "../ui/icons";
import { useToast } from "../ui/toasts";

interface DropProps {
  isPanelOpen: boolean;
  onDrop: (files: readonly File[]) => void;
}

export function DropTarget({ isPanelOpen, onDrop }: DropProps): ReactElement | null {
  const { pathname } = useLocation();
  const [over, setOver] = useState(false);
  const toast = useToast();
  const welcome = isPanelOpen || ["", "files"].includes(tabOf(pathname).path);
  const take = (transfer: DataTransfer): void => {
    const { files, folders } = broughtBy(transfer);
    const [first] = folders;
    if (first !== undefined) {
      const title = folders.length === 1 ? `${first} is a folder` : `${plural(folders.length, "folder")} left out`;
      toast({ title, note: "Folders are not uploaded. Open it, and drop the files in it.", kind: "error" });
    }
    onDrop(files);
  };
  const latest = useRef(take);
  useEffect(() => {
    latest.current = take;
  });
  useEffect(() => {
    if (!welcome) return;
    let depth = 0;
    const brings = (event: DragEvent): boolean => Boolean(event.dataTransfer?.types.includes("Files"));
    const on: [keyof WindowEventMap, (event: DragEvent) => void][] = [
      ["dragenter", (event) => brings(event) && ++depth && setOver(true)],
      ["dragleave", (event) => brings(event) && --depth <= 0 && setOver(false)],
      ["dragover", (event) => brings(event) && event.preventDefault()],
      [
        "drop",
        (event) => {
          if (!event.dataTransfer || !brings(event)) return;
          event.preventDefault();
          depth = 0;
          setOver(false);
          latest.current(event.dataTransfer);
        },
      ],
    ];
    for (const [name, listen] of on) window.addEventListener(name, listen as EventListener);
    return () => {
      for (const [name, listen] of on) window.removeEventListener(name, listen as EventListener);
    };
  }, [welcome]);
  if (!over || !welcome) return null;
  return (
    <div className="cf-drop" aria-hidden="true">
      <div>
        <span style={{ display: "grid", justifyItems: "center", gap: 8 }}>
          <Icon name="upload" size={32} />
          Drop files to upload them
        </span>
      </div>
    </div>
  );
}

/** Browsers hand out a folder as if it were a file, which then cannot be read. */
function broughtBy({ items }: DataTransfer): { files: File[]; folders: string[] } {
  const files: File[] = [];
  const folders: string[] = [];
  for (const item of items) {
    const entry = item.webkitGetAsEntry();
    const file = item.getAsFile();
    if (entry?.isDirectory) folders.push(entry.name);
    else if (file) files.push(file);
  }
  return { files, folders };
}
