/** How long things took, how much moved, and how much of it went well. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { call } from "./client";
import { KEYS } from "./queries";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Performance = Schemas["Performance"];
export type Figures = Schemas["OperationFigures"];
export type Group = Schemas["GroupFigures"];
export type Point = Performance["series"][number];

const REFRESH_MS = 30_000;

/** Of the time *window* (such as `24h`); the points are of one *operation*. */
export function usePerformance(window: string, operation: string) {
  return useQuery({
    queryKey: [...KEYS.performance, window, operation],
    queryFn: ({ signal }) => call<Performance>("performance", { query: { window, operation }, signal }),
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
  });
}

/** The moves of each user: for administrators. */
export function usePerformanceByUser(window: string, isAdmin: boolean) {
  return useQuery({
    queryKey: [...KEYS.performance, "users", window],
    enabled: isAdmin,
    queryFn: async ({ signal }): Promise<Group[]> => (await call<Schemas["Users"]>("performance/users", { query: { window }, signal })).users,
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
  });
}
