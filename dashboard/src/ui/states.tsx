import Button from "@mui/material/Button";
import Skeleton from "@mui/material/Skeleton";
import { useEffect, useState, type ReactElement, type ReactNode } from "react";
import { ApiProblem } from "../api/client";
import { Icon, TierShape, type IconName } from "./icons";

/** What is not there, why, and one step. */
export function Empty(props: { title: string; children: ReactNode; actions?: ReactNode; icon?: IconName | "tiers"; role?: string }): ReactElement {
  return (
    <div className="cf-empty" role={props.role}>
      {props.icon === "tiers" ? (
        <span className="cf-row" style={{ gap: 4, marginTop: 0 }}>
          <TierShape tier="hot" size={18} />
          <TierShape tier="warm" size={18} />
          <TierShape tier="cold" size={18} />
        </span>
      ) : (
        <Icon name={props.icon ?? "inbox"} size={28} />
      )}
      <h2>{props.title}</h2>
      <p>{props.children}</p>
      {props.actions && <div className="cf-row">{props.actions}</div>}
    </div>
  );
}

/** An error in the one card it concerns: what failed, what still holds, what to do. */
export function Failure({ error, what, again }: { error: unknown; what: string; again?: () => void }): ReactElement {
  const problem = error instanceof ApiProblem ? error : null;
  return (
    <div className="cf-empty" role="alert">
      <Icon name="cloudOff" size={28} color="var(--cf-error)" />
      <h2>{what} can't be shown</h2>
      <p>{problem ? problem.message : "The server did not answer. The rest of this page still works."}</p>
      {problem?.requestId && <p className="cf-meta cf-3">Request {problem.requestId}</p>}
      {again && (
        <div className="cf-row">
          <Button onClick={again}>Try again</Button>
        </div>
      )}
    </div>
  );
}

/** Below the rows of a list whose next page did not come. */
export function MissingRest({ missing }: { missing: { error: Error; again: () => void } | null }): ReactElement | null {
  return (
    missing && (
      <div className="cf-banner" role="alert" style={{ margin: "8px 16px" }}>
        <Icon name="warning" />
        <b>The rest of the list did not come</b>
        <span className="cf-grow">{missing.error.message}</span>
        <Button variant="text" size="small" onClick={missing.again}>Try again</Button>
      </div>
    )
  );
}

/** Rows in their final geometry; invisible for the first 200 ms, so that quick answers don't flash. */
export function SkeletonRows({ rows = 6, height = 40 }: { rows?: number; height?: number }): ReactElement {
  const shown = useLater(200);
  return (
    <div role="status" aria-label="Loading" style={{ opacity: shown ? 1 : 0 }}>
      {Array.from({ length: rows }, (_, row) => (
        <div className="cf-row" key={row} style={{ height, padding: "0 16px", borderTop: row ? "1px solid var(--cf-line)" : undefined, gap: 16 }}>
          <Skeleton width={24} height={18} />
          <Skeleton width={`${[38, 31, 44, 35, 28][row % 5] ?? 30}%`} height={12} />
          <span className="cf-grow" />
          <Skeleton width="9%" height={12} />
          <Skeleton width="8%" height={12} />
          <Skeleton width="8%" height={12} />
        </div>
      ))}
    </div>
  );
}

export function SkeletonFigure(): ReactElement {
  const shown = useLater(200);
  return <Skeleton component="span" width={96} height={24} sx={{ display: "inline-block", opacity: shown ? 1 : 0, verticalAlign: "middle" }} />;
}

function useLater(wait: number): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), wait);
    return () => clearTimeout(timer);
  }, [wait]);
  return late;
}
