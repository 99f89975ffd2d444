/** What each day cost, as the biller works it out from the price books. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { call } from "./client";

export type Split = "tier" | "location" | "storage_class" | "owner" | "prefix";

export interface CostDay {
  day: string;
  usd: number;
  hot_usd: number;
  warm_usd: number;
  cold_usd: number;
}

export interface CostGroup {
  name: string;
  usd: number;
  /** In as many days before; null where not all of them are known. */
  before_usd: number | null;
  share: number;
  size_bytes: number;
}

export interface CostAnswer {
  since: string;
  until: string;
  usd: number;
  before_usd: number | null;
  days: CostDay[];
  groups: CostGroup[];
  /** What it was paid for. */
  parts: Record<string, number>;
}

export function useDailyCosts(days: number, split: Split) {
  return useQuery({
    queryKey: ["daily-costs", days, split],
    queryFn: ({ signal }) => call<CostAnswer>("costs", { query: { days, split }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 300_000,
  });
}
