import type { ReactElement } from "react";
import type { Alert, Level } from "../../api/alerts";
import { Icon } from "../../ui/icons";
import { LEVELS } from "./signals";

/** Shape as well as colour: a circle is high, a triangle medium, an "i" low, a tick is over. */
export function AlertIcon({ alert, size = 18 }: { alert: Pick<Alert, "state" | "level">; size?: number }): ReactElement {
  if (alert.state === "resolved") return <Icon name="checkCircle" size={size} color="var(--cf-ok)" />;
  if (alert.level === "error") return <Icon name="alert" size={size} color="var(--cf-error)" />;
  if (alert.level === "warning") return <Icon name="warning" size={size} color="var(--cf-warn)" />;
  return <Icon name="info" size={size} color="var(--cf-info)" />;
}

export function LevelChip({ level }: { level: Level }): ReactElement {
  return <span className="cf-chip" data-kind={LEVELS[level].chip}>{LEVELS[level].name}</span>;
}
