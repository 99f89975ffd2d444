import Button from "@mui/material/Button";
import { useState, type ReactElement } from "react";
import { actOnMigration, type MigrationAction } from "../api/actions";
import { KEYS, useWrite } from "../api/queries";
import type { Migration } from "../api/types";
import { splitPath } from "../format/format";
import { Tip } from "../ui/basics";
import { Confirm } from "../ui/Confirm";
import { useToast } from "../ui/toasts";

const BEFORE_SWITCH = ["queued", "validated", "copied", "verified"];
const TOLD: Record<MigrationAction, string> = { cancel: "Move cancelled", retry: "Move starts again", rollback: "Move is rolled back" };

/** What can be done with a migration in its present state; at most one of these. */
export function actionOf(move: Migration): MigrationAction | null {
  if (move.state === "failed") return "retry";
  if (BEFORE_SWITCH.includes(move.state)) return "cancel";
  const undoable = (move.state === "switched" || move.state === "done") && !move.undoes;
  return undoable && move.quarantined_until && new Date(move.quarantined_until).getTime() > Date.now() ? "rollback" : null;
}

const LABELS: Record<MigrationAction, string> = { cancel: "Cancel", retry: "Retry", rollback: "Roll back" };

export function MoveAction({ move }: { move: Migration }): ReactElement | null {
  const toast = useToast();
  const [asking, setAsking] = useState(false);
  const write = useWrite(
    actOnMigration,
    [KEYS.migrations, KEYS.files],
    (_, done) => {
      setAsking(false);
      toast({ title: TOLD[done.action], note: move.source.name, kind: "info" });
    },
    // The question tells of its own failure.
    (error, { action }) => action !== "rollback" && toast({ title: `${LABELS[action]} did not work`, note: error.message, kind: "error" }),
  );
  const action = actionOf(move);
  if (!action) return null;
  const act = (): void => write.mutate({ migrationId: move.migration_id, action });
  const isAsked = action === "rollback";
  const ask = (): void => {
    write.reset();
    setAsking(true);
  };
  return (
    <>
      <Tip word={action}>
        <Button variant="text" size="small" onClick={isAsked ? ask : act} loading={write.isPending} color={action === "cancel" ? "inherit" : undefined} sx={action === "cancel" ? { color: "var(--cf-text2)" } : undefined}>
          {LABELS[action]}{isAsked && "…"}
        </Button>
      </Tip>
      {isAsked && (
        <Confirm open={asking} title={`Roll back the move of ${splitPath(move.source.name).name}?`} error={write.error} onClose={() => setAsking(false)} actions={<Button variant="contained" color="primary" onClick={act} loading={write.isPending}>Roll back</Button>}>
          <p>The original in {move.source.location_id}, {move.source.storage_class}, becomes the file again, and the copy in {move.destination.location_id}, {move.destination.storage_class}, is removed.</p>
          <p>What the move was to save ends with it; a class with a shortest stay bills the rest of that.</p>
        </Confirm>
      )}
    </>
  );
}
