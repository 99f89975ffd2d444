import { useMemo } from "react";
import type { Query } from "../api/client";
import { RUNNING, useMigrations, WORKING } from "../api/queries";
import type { Listing } from "../api/listing";
import type { Migration } from "../api/types";

export interface Running extends Pick<Listing<Migration>, "rows" | "isPending" | "error" | "refetch"> {
  /** More are under way than are here, and these wait. */
  hasMore: boolean;
  /** More are at work than are here. */
  hasMoreAtWork: boolean;
}

/** The moves that have not ended: those at work first, then the newest of those that wait. */
export function useRunning(within: Query = {}): Running {
  const newest = useMigrations({ ...within, state: RUNNING });
  // The oldest are taken first: in a long queue none at work is among the newest. In a short one this asks nothing more.
  const atWork = useMigrations({ ...within, state: newest.hasMore ? WORKING : RUNNING });
  const rows = useMemo(() => {
    const all = [...new Map([...atWork.rows, ...newest.rows].map((row) => [row.migration_id, row])).values()];
    return [...all.filter((row) => row.state !== "queued"), ...all.filter((row) => row.state === "queued")];
  }, [atWork.rows, newest.rows]);
  return {
    rows,
    hasMore: newest.hasMore,
    hasMoreAtWork: newest.hasMore && !atWork.isStale && atWork.hasMore,
    isPending: newest.isPending || atWork.isPending,
    error: newest.error ?? atWork.error,
    refetch: () => {
      newest.refetch();
      atWork.refetch();
    },
  };
}
