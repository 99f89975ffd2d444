/** Price books: what the clouds ask, line by line, each with its source and day. */
import { useQuery } from "@tanstack/react-query";
import { call } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Meter = Schemas["Meter"];
export type PriceLine = Schemas["PriceLine"];
export type PriceBook = Schemas["PriceBook"];

export function usePrices() {
  return useQuery({ queryKey: ["prices"], queryFn: ({ signal }) => call<Schemas["PriceBooks"]>("prices", { signal }).then((answer) => answer.books), staleTime: 3_600_000 });
}
