import Button from "@mui/material/Button";
import type { ReactElement } from "react";
import { actOnMigration, type MigrationAction } from "../api/actions";
import { KEYS, useWrite } from "../api/queries";
import type { Migration } from "../api/types";
import { Tip } from "../ui/basics";
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
  const write = useWrite(actOnMigration, [KEYS.migrations, KEYS.files], (_, done) => toast({ title: TOLD[done.action], note: move.source.name, kind: "info" }));
  const action = actionOf(move);
  if (!action) return null;
  const act = (): void =>
    write.mutate(
      { migrationId: move.migration_id, action },
      {
        onError: (error) => toast({ title: `${LABELS[action]} did not work`, note: error.message, kind: "error" }),
      },
    );
  return (
    <Tip word={action}>
      <Button variant="text" size="small" onClick={act} loading={write.isPending} color={action === "cancel" ? "inherit" : undefined} sx={action === "cancel" ? { color: "var(--cf-text2)" } : undefined}>
        {LABELS[action]}
      </Button>
    </Tip>
  );
}
