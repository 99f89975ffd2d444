/** Price books: what the clouds ask, line by line, each with its source and day. */
import { useQuery } from "@tanstack/react-query";
import { call } from "./client";
import type { Provider } from "./types";

export type Meter = "storage" | "monitoring" | "write" | "list" | "read" | "transition" | "retrieval" | "restore" | "egress" | "inter_region";

export interface PriceLine {
  /** Empty for what concerns the account as a whole, such as egress. */
  storage_class: string;
  meter: Meter;
  option: string;
  /** Exactly as published, as text: a binary fraction would not be exact. */
  usd: string;
  per: number;
  /** Where the band ends, in units a month. */
  up_to: number | null;
  unit: string;
  source: string;
  seen: string;
}

export interface PriceClass {
  name: string;
  instant: boolean;
  minimum_days: number;
  minimum_bytes: number;
  managed: boolean;
}

export interface PriceBook {
  name: string;
  provider: Provider;
  region: string;
  unit_name: string;
  unit_bytes: number;
  classes: PriceClass[];
  lines: PriceLine[];
  /** What the short names of sources stand for. */
  sources: Record<string, string>;
}

export function usePrices() {
  return useQuery({ queryKey: ["prices"], queryFn: ({ signal }) => call<{ books: PriceBook[] }>("prices", { signal }).then((answer) => answer.books), staleTime: 3_600_000 });
}
