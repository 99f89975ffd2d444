import Tooltip from "@mui/material/Tooltip";
import type { ReactElement } from "react";
import { WORDS } from "../words";

/** The five steps of a migration as people see them, and the states of the platform between them. */
export const STEP_NAMES = ["Read", "Copy", "Verify", "Switch", "Clean"] as const;
const WORD_OF = ["read", "copy", "verify", "switch", "cleanUp"] as const;

export interface StepView {
  /** How many steps are behind. */
  done: number;
  /** How far the present one is, 0 to 1. */
  share: number;
  label: string;
  kind: "moving" | "bad" | "idle" | "done";
}

const DONE_STEPS: Record<string, number> = { queued: 0, validated: 1, copied: 2, verified: 3, switched: 4, done: 5 };
const DOING: Record<string, string> = { queued: "Queued", validated: "Copying", copied: "Verifying", verified: "Switching", switched: "Cleaning up", done: "Done" };
const ENDED: Record<string, string> = { failed: "Failed", cancelled: "Cancelled", rolled_back: "Rolled back" };

/** Read the state of a migration; of one that ended early, the last step it had reached. */
export function stepView(migration: { state: string; copied_bytes?: number; size_bytes: number; reached?: string; quarantined_until?: string | null }): StepView {
  const ended = ENDED[migration.state];
  const at = ended ? (migration.reached ?? "queued") : migration.state;
  const done = migration.state === "rolled_back" ? 5 : (DONE_STEPS[at] ?? 0);
  const copied = migration.size_bytes > 0 ? (migration.copied_bytes ?? 0) / migration.size_bytes : 0;
  const share = done === 1 ? Math.min(1, copied) : done < 5 && at !== "queued" ? 0.35 : 0;
  if (ended) return { done, share, label: ended, kind: migration.state === "failed" ? "bad" : "idle" };
  if (migration.state === "switched" && migration.quarantined_until) return { done: 5, share: 0, label: "Done", kind: "done" };
  return { done, share, label: DOING[at] ?? at, kind: done === 5 ? "done" : "moving" };
}

export function Steps({ view }: { view: StepView }): ReactElement {
  const now = Math.min(view.done + 1, 5);
  return (
    <div className="cf-steps" role="img" aria-label={`${view.label}, step ${now} of 5`} data-bad={view.kind === "bad" ? "" : undefined} data-idle={view.kind === "idle" ? "" : undefined}>
      {STEP_NAMES.map((name, step) => (
        <i key={name}>
          {step < view.done && <b style={{ width: "100%" }} />}
          {step === view.done && view.kind !== "done" && (
            <b data-last="" data-moving={view.kind === "moving" && step !== 1 ? "" : undefined} style={{ width: `${Math.max(view.share, view.kind === "bad" ? 0.3 : 0) * 100}%` }} />
          )}
        </i>
      ))}
    </div>
  );
}

export function StepNames(): ReactElement {
  return (
    <div className="cf-stepnames">
      {STEP_NAMES.map((name, step) => (
        <Tooltip key={name} title={WORDS[WORD_OF[step] ?? "read"]} describeChild>
          {/* Focusable, so that keyboards reach the explanation. */}
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <span tabIndex={0}>{name}</span>
        </Tooltip>
      ))}
    </div>
  );
}
