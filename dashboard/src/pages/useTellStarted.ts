import { useNavigate } from "react-router-dom";
import type { SkipReason, Starting } from "../api/types";
import { bytes, plural } from "../format/format";
import { to } from "../shell/nav";
import { useToast } from "../ui/toasts";

const SKIPPED: Record<SkipReason, string> = { held: "in another move", gone: "gone from the catalogue", there: "there already" };

function skippedWords(skipped: Starting["skipped"]): string[] {
  const counts = Object.entries(SKIPPED).map(([reason, words]) => ({ words, files: skipped.filter((file) => file.reason === reason).length }));
  return counts.filter(({ files }) => files).map(({ words, files }) => `${plural(files, "file")} skipped: ${words}`);
}

/** Tell what was started, which can be less than was asked for, and lead to where all of it is watched. */
export function useTellStarted(): (started: Starting, asked: number, restWords: (rest: number) => string) => void {
  const toast = useToast();
  const navigate = useNavigate();
  return ({ batches, skipped }, asked, restWords) => {
    // Only what asks by a filter starts what is not counted yet; these pages name what they move.
    const files = batches.reduce((sum, batch) => sum + (batch.files ?? 0), 0);
    const size = batches.reduce((sum, batch) => sum + (batch.size_bytes ?? 0), 0);
    const rest = asked - files - skipped.length;
    const [only, ...others] = batches;
    const parts = [
      others.length ? `${bytes(size)} in ${plural(batches.length, "batch", "batches")}` : bytes(size),
      ...skippedWords(skipped),
      ...(rest > 0 ? [restWords(rest)] : []),
    ];
    // A page shows one batch, or all of them: the newest come first.
    const place = only && !others.length ? `migrations?batch=${encodeURIComponent(only.batch_id)}` : "migrations";
    toast({ title: `${plural(files, "move")} started`, note: parts.join(". "), action: { label: "Watch", run: () => void navigate(to(place)) } });
  };
}
