/** What each day cost, as the biller works it out from the price books. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { call } from "./client";
import { asking } from "./listing";
import { KEYS } from "./queries";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Split = Schemas["Split"];
export type CostAnswer = Schemas["CostsOfDays"];
export type CostDay = CostAnswer["days"][number];
export type CostGroup = CostAnswer["groups"][number];

export function useDailyCosts(days: number, split: Split) {
  return useQuery({
    queryKey: [...KEYS.dailyCosts, days, split],
    ...asking<CostAnswer>("costs", { days, split }),
    placeholderData: keepPreviousData,
    refetchInterval: 300_000,
  });
}

export type Forecast = Schemas["CostForecast"];

/** The next 30 days together, four times in five between its bounds. */
export function useForecast() {
  return useQuery({
    queryKey: [...KEYS.dailyCosts, "forecast"],
    queryFn: ({ signal }) => call<Forecast>("costs/forecast", { query: { days: 30 }, signal }),
    refetchInterval: 300_000,
  });
}
