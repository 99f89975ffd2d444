import Button from "@mui/material/Button";
import type { ReactElement, ReactNode } from "react";
import { ApiProblem } from "../api/client";
import { clock } from "../format/format";
import { Icon } from "./icons";
import { Empty, Failure, SkeletonRows } from "./states";

/** What a page needs to know of a question it asked; a `useQuery` result fits. */
export interface Asked<T> {
  data: T | undefined;
  error: unknown;
  dataUpdatedAt: number;
  refetch: () => unknown;
}

export type AnswerState = "loading" | "missing" | "refused" | "failed" | "there";

/** A page never guesses: an answer is there, on its way, not offered by this server, not for this account, or it failed. */
export function stateOf(asked: Pick<Asked<unknown>, "data" | "error">): AnswerState {
  if (asked.data !== undefined) return "there";
  if (!asked.error) return "loading";
  const status = asked.error instanceof ApiProblem ? asked.error.status : null;
  return status === 404 ? "missing" : status === 403 ? "refused" : "failed";
}

interface Props<T> {
  query: Asked<T>;
  /** As it begins a sentence: "Costs", "Alert rules". */
  what: string;
  /** What people would find here, for a server that does not offer it. */
  missing?: string;
  rows?: number;
  height?: number;
  /** In place of the skeleton rows. */
  loading?: ReactNode;
  children: (data: T) => ReactNode;
}

/** One answer of the API in the one card it concerns, whatever became of it. */
export function Answered<T>({ query, what, missing, rows, height, loading, children }: Props<T>): ReactElement {
  switch (stateOf(query)) {
    case "loading":
      return <>{loading ?? <SkeletonRows rows={rows} height={height} />}</>;
    case "missing":
      return (
        <Empty icon="cloudOff" title={`${what}: not offered by this server`}>
          {missing ?? "This version of CloudFlow has no answer to that yet."} Nothing is shown rather than a guess.
        </Empty>
      );
    case "refused":
      return (
        <Empty icon="key" title={`${what} are not for this account`}>
          {query.error instanceof ApiProblem ? query.error.message : "Ask an administrator for the right."}
        </Empty>
      );
    case "failed":
      return <Failure error={query.error} what={what} again={() => void query.refetch()} />;
    case "there":
      return (
        <>
          {query.error ? <StaleNote what={what} at={query.dataUpdatedAt} again={() => void query.refetch()} /> : null}
          {children(query.data as T)}
        </>
      );
  }
}

/** An update failed: what is shown is older, and since when. */
export function StaleNote({ what, at, again }: { what: string; at: number; again: () => void }): ReactElement {
  return (
    <div className="cf-banner" role="alert" style={{ margin: "0 16px 12px" }}>
      <Icon name="warning" />
      <b>{what} could not be updated</b>
      <span className="cf-grow">Shown as of {clock(at)} UTC.</span>
      <Button variant="text" size="small" onClick={again}>
        Try again
      </Button>
    </div>
  );
}
