/** When DAGs run: asked of Airflow's own API, which shares this page's sign-in. */
import { useQuery } from "@tanstack/react-query";
import { ApiProblem } from "./client";

export const SCHEDULES = ["schedules"] as const;

export interface Schedule {
  dag_id: string;
  title: string;
  cron: string | null;
  is_paused: boolean;
  last_run_at: string | null;
  next_run_at: string | null;
}

interface AirflowDag {
  dag_id: string;
  dag_display_name: string;
  timetable_summary: string | null;
  is_paused: boolean;
  next_dagrun_run_after: string | null;
  latest_dag_runs?: { run_after?: string | null }[];
}

/** "scan_locations" as people read it. */
function titleOf(dagId: string): string {
  const words = dagId.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function scheduleOf(dag: AirflowDag, lastRun: string | null): Schedule {
  return {
    dag_id: dag.dag_id,
    title: dag.dag_display_name && dag.dag_display_name !== dag.dag_id ? dag.dag_display_name : titleOf(dag.dag_id),
    cron: dag.timetable_summary,
    is_paused: dag.is_paused,
    last_run_at: lastRun,
    next_run_at: dag.next_dagrun_run_after,
  };
}

async function airflow<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(new URL(path, document.baseURI), { credentials: "same-origin", ...init, headers: { Accept: "application/json", ...(init.headers as Record<string, string> | undefined) } }).catch(() => {
    throw new ApiProblem(0, {});
  });
  if (response.ok) return (await response.json()) as T;
  const detail = response.status === 403 ? "Airflow shows its DAGs to administrators only." : `Airflow answered ${response.status}.`;
  throw new ApiProblem(response.status, { detail });
}

async function lastRunOf(dagId: string, signal: AbortSignal): Promise<string | null> {
  const page = await airflow<{ dag_runs: { run_after: string | null; start_date: string | null }[] }>(`api/v2/dags/${dagId}/dagRuns?limit=1&order_by=-run_after`, { signal });
  return page.dag_runs[0]?.start_date ?? page.dag_runs[0]?.run_after ?? null;
}

export function useSchedules() {
  return useQuery({
    queryKey: SCHEDULES,
    queryFn: async ({ signal }): Promise<Schedule[]> => {
      const { dags } = await airflow<{ dags: AirflowDag[] }>("api/v2/dags?tags=cloudflow&limit=100&order_by=dag_id", { signal });
      return Promise.all(dags.map(async (dag) => scheduleOf(dag, await lastRunOf(dag.dag_id, signal).catch(() => null))));
    },
    refetchInterval: 60_000,
  });
}

export function pauseDag({ dagId, paused }: { dagId: string; paused: boolean }): Promise<unknown> {
  return airflow(`api/v2/dags/${encodeURIComponent(dagId)}?update_mask=is_paused`, { method: "PATCH", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ is_paused: paused }) });
}

export function runLink(dagId: string): string {
  return new URL(`dags/${encodeURIComponent(dagId)}/runs`, document.baseURI).href;
}
