/** Budgets: what a month may cost, and where it stands. */
import { useQuery } from "@tanstack/react-query";
import { call } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Budget = Schemas["Budget"];
export type BudgetWish = Pick<Budget, "name" | "limit_usd" | "location_id" | "prefix" | "tell_at_percent">;

export const BUDGETS = ["budgets"] as const;

export function useBudgets() {
  return useQuery({ queryKey: BUDGETS, queryFn: async ({ signal }): Promise<Budget[]> => (await call<{ budgets: Budget[] }>("costs/budgets", { signal })).budgets, refetchInterval: 300_000 });
}

export function setBudget(wish: BudgetWish): Promise<Budget> {
  return call("costs/budgets", { method: "POST", body: wish });
}

export function removeBudget(budgetId: string): Promise<unknown> {
  return call(`costs/budgets/${encodeURIComponent(budgetId)}`, { method: "DELETE" });
}
