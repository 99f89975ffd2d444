import { useMutation, useQuery, useQueryClient, keepPreviousData, type QueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { pathOf as writePath } from "../ui/basics";
import { ApiProblem, call, type Query } from "./client";
import { LINES, PAGE, UNFINISHED } from "./early";
import { asking, useListing, type Listing } from "./listing";
import type { Campaign, CampaignProgress, ClassPrice, Costs, Credential, DayOfReads, Explained, FileRow, Location, Migration, MigrationState, Notification, PrefixMove, Recommendation, Savings, Totals } from "./types";

/** What is held in the cache, by name; live updates find it by the same names. */
export const KEYS = {
  me: ["me"],
  totals: ["totals"],
  files: ["files"],
  file: (id: string) => ["file", id],
  migrations: ["migrations"],
  campaigns: ["campaigns"],
  recommendations: ["recommendations"],
  credentials: ["credentials"],
  locations: ["locations"],
  costs: ["totals", "costs"],
  dailyCosts: ["daily-costs"],
  savings: ["recommendations", "summary"],
  notifications: ["notifications"],
  performance: ["performance"],
} as const;

export interface Bell {
  notifications: readonly Notification[];
  unread: number;
}

export function useNotifications() {
  return useQuery({ queryKey: KEYS.notifications, ...asking<Bell>("notifications", { limit: LINES }), refetchInterval: 120_000 });
}

export function useTotals() {
  return useQuery({ queryKey: KEYS.totals, ...asking<Totals>("totals"), refetchInterval: 60_000 });
}

/** What everything costs a month, by location, class and owner. */
export function useCosts() {
  return useQuery({ queryKey: KEYS.costs, ...asking<Costs>("totals/costs"), refetchInterval: 60_000 });
}

/** What could be saved, what was promised, and what came of it. */
export function useSavings() {
  return useQuery({ queryKey: KEYS.savings, ...asking<Savings>("recommendations/summary"), refetchInterval: 60_000 });
}

/** One recommendation with everything that led to it. */
export function useExplained(id: string) {
  return useQuery({ queryKey: ["recommendation", id], queryFn: ({ signal }) => call<Explained>(`recommendations/${encodeURIComponent(id)}`, { signal }), staleTime: 300_000 });
}

/** What one file would cost in each class. */
export function usePrices(id: string) {
  return useQuery({ queryKey: [...KEYS.file(id), "prices"], queryFn: ({ signal }) => call<{ prices: ClassPrice[] }>(`files/${encodeURIComponent(id)}/prices`, { signal }).then((answer) => answer.prices), staleTime: 300_000 });
}

export function useFiles(query: Query): Listing<FileRow> {
  return useListing<FileRow>(KEYS.files, "files", "files", query);
}

/** How many files the same filters find, and how large they are together. */
export function useFileCount(query: Query) {
  return useQuery({
    queryKey: [...KEYS.files, "count", query],
    queryFn: ({ signal }) => call<{ files: number; size_bytes: number }>("files/count", { query, signal }),
    placeholderData: keepPreviousData,
  });
}

/** Files by a part of their path, from two letters on; what was found before stays meanwhile. */
export function useFileSearch(text: string) {
  const isAsked = text.length > 1;
  return useQuery<FileRow[]>({
    queryKey: ["search", text],
    enabled: isAsked,
    placeholderData: isAsked ? keepPreviousData : undefined,
    queryFn: ({ signal }) => call<{ files: FileRow[] }>("files", { query: { name: text, limit: 8 }, signal }).then((page) => page.files),
  });
}

export function useFile(id: string) {
  return useQuery({ queryKey: KEYS.file(id), queryFn: ({ signal }) => call<FileRow>(`files/${encodeURIComponent(id)}`, { signal }) });
}

export function useReads(id: string) {
  return useQuery({ queryKey: [...KEYS.file(id), "reads"], queryFn: ({ signal }) => call<{ days: DayOfReads[] }>(`files/${encodeURIComponent(id)}/accesses`, { signal }).then((page) => page.days) });
}

/** At work or waiting for it; one whose copy is the file by now has only its original left to let go. */
export const RUNNING: readonly MigrationState[] = UNFINISHED;
/** Of these, taken up already. */
export const WORKING: readonly MigrationState[] = RUNNING.filter((state) => state !== "queued");
export const ARRIVED: readonly MigrationState[] = ["switched", "done"];

/** Each step is told live; how far a copy is has to be asked for, and only while one runs. */
function isCopying(rows: readonly Migration[]): boolean {
  return rows.some((row) => row.state === "validated");
}

export function useMigrations(query: Query): Listing<Migration> {
  return useListing<Migration>(KEYS.migrations, "migrations", "migrations", query, isCopying);
}

const CAMPAIGNS_READ = 20;
const CAMPAIGN_RUNS_MS = 3000;
const CAMPAIGN_RESTS_MS = 60_000;

/** The newest campaigns; no event tells that one began, was paused or ended. */
export function useCampaigns() {
  return useQuery({
    queryKey: KEYS.campaigns,
    queryFn: ({ signal }) => call<{ campaigns: Campaign[] }>("campaigns", { query: { limit: CAMPAIGNS_READ }, signal }).then((page) => page.campaigns),
    refetchInterval: ({ state: { data } }) => (data?.some((one) => one.state === "running") ? CAMPAIGN_RUNS_MS : CAMPAIGN_RESTS_MS),
  });
}

/** How far a campaign is; *state* is where the list says it stands, and with another one its end is asked for anew. */
export function useCampaign(id: string, state: Campaign["state"]) {
  return useQuery({
    queryKey: [...KEYS.campaigns, id, state],
    queryFn: ({ signal }) => call<CampaignProgress>(`campaigns/${encodeURIComponent(id)}`, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: state === "running" ? CAMPAIGN_RUNS_MS : false,
  });
}

/** Ask for a campaign that was just started until it is there, or until it is told why it was refused. */
export function useAwaitedCampaign(id: string) {
  const client = useQueryClient();
  return useQuery({
    queryKey: ["awaited-campaign", id],
    queryFn: async ({ signal }) => {
      try {
        await call(`campaigns/${encodeURIComponent(id)}`, { signal });
      } catch (problem) {
        if (problem instanceof ApiProblem && problem.kind === "not-found") return false;
        throw problem;
      }
      await refresh(client, [KEYS.campaigns]);
      return true;
    },
    refetchInterval: ({ state }) => (state.data || state.error ? false : CAMPAIGN_RUNS_MS),
  });
}

export function useRecommendations(query: Query): Listing<Recommendation> {
  return useListing<Recommendation>(KEYS.recommendations, "recommendations", "recommendations", query);
}

/** The open moves added up by prefix, the greatest saving first. */
export function usePrefixes(locationId: string | null) {
  return useQuery({
    queryKey: [...KEYS.recommendations, "prefixes", locationId],
    queryFn: ({ signal }) => call<{ prefixes: PrefixMove[] }>("recommendations/prefixes", { query: { location_id: locationId, limit: PAGE }, signal }).then((page) => page.prefixes),
  });
}

export function useCredentials() {
  return useQuery({ queryKey: KEYS.credentials, queryFn: ({ signal }) => call<{ credentials: Credential[] }>("credentials", { signal }).then((page) => page.credentials) });
}

export function useLocations() {
  return useQuery({ queryKey: KEYS.locations, ...asking("locations", {}, (page: { locations: Location[] }) => page.locations), staleTime: 60_000 });
}

export interface Place {
  location_id: string;
  name: string;
}

/** Write where something lies as people know it: `s3://bucket/key`, from what the locations say. */
export function usePathOf(): (place: Place) => string {
  const { data } = useLocations();
  return useCallback(
    (place) => {
      const location = data?.find((one) => one.location_id === place.location_id);
      return writePath({ ...place, provider: location?.provider, bucket: location?.bucket });
    },
    [data],
  );
}

export function useProviderOf(): (locationId: string) => string | null {
  const { data } = useLocations();
  return useCallback((id) => data?.find((one) => one.location_id === id)?.provider ?? null, [data]);
}

/** What stands beside the tabs. */
export function useCounts(): { recommendations: string | null; migrations: string | null } {
  const counted = (list: Listing<unknown>): string | null => (list.rows.length ? `${list.rows.length}${list.hasMore ? "+" : ""}` : null);
  return {
    recommendations: counted(useRecommendations({ state: "open" })),
    migrations: counted(useMigrations({ state: RUNNING })),
  };
}

/**
 * Do one write, then let everything it may have changed be asked for again.
 *
 * What `mutate` is given to do afterwards waits for those answers, and is forgotten where they take away what asked;
 * *onDone* and *onFailed* are done before, in any case.
 */
export function useWrite<V, R = unknown>(write: (value: V) => Promise<R>, changes: readonly (readonly unknown[])[], onDone?: (result: R, value: V) => void, onFailed?: (error: Error, value: V) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: write,
    onSuccess: onDone,
    onError: onFailed,
    onSettled: () => refresh(client, changes),
  });
}

export function refresh(client: QueryClient, keys: readonly (readonly unknown[])[]): Promise<unknown> {
  return Promise.all(keys.map((queryKey) => client.invalidateQueries({ queryKey })));
}
