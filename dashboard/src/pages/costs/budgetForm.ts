/** A budget as it is typed. */
import type { Budget, BudgetWish } from "../../api/budgets";

export interface BudgetForm {
  name: string;
  limit: string;
  locationId: string;
  prefix: string;
  tellAt: string;
}

export const NEW_BUDGET: BudgetForm = { name: "", limit: "", locationId: "", prefix: "", tellAt: "100" };

export function flawsOfBudget(form: BudgetForm): Partial<Record<keyof BudgetForm, string>> {
  const flaws: Partial<Record<keyof BudgetForm, string>> = {};
  if (!form.name.trim()) flaws.name = "Name it: the mail's subject begins with this";
  if (!(Number(form.limit) > 0)) flaws.limit = "Dollars, more than 0";
  if (form.prefix.trim() && !/^[^/]+\/$/.test(form.prefix.trim())) flaws.prefix = "The first part of keys with its slash, such as reports/";
  if (!(Number(form.tellAt) > 0) || Number(form.tellAt) > 1000) flaws.tellAt = "Percent, up to 1,000";
  return flaws;
}

export function budgetWish(form: BudgetForm): BudgetWish {
  return { name: form.name.trim(), limit_usd: Number(form.limit), location_id: form.locationId || null, prefix: form.locationId ? form.prefix.trim() : "", tell_at_percent: Number(form.tellAt) };
}

/** "in lake/reports/, of team-docs", "everything". */
export function placeOfBudget(budget: Budget): string {
  const place = budget.prefix ? `${budget.location_id ?? ""}/${budget.prefix}` : budget.location_id;
  return [place && `in ${place}`, budget.of_user && `of ${budget.of_user}`].filter(Boolean).join(", ") || "everything";
}
