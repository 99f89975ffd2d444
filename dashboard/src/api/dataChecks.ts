/** What was checked before anything was learnt from it. */
import { useQuery } from "@tanstack/react-query";
import { apiUrl, call } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type DataCheck = Schemas["DataCheck"];

export function useDataChecks() {
  return useQuery({ queryKey: ["data-checks"], queryFn: ({ signal }) => call<Schemas["DataChecks"]>("data-checks", { signal }).then((answer) => answer.checks), refetchInterval: 60_000 });
}

export function pageOf(check: DataCheck): string {
  return apiUrl(`data-checks/pages/${check.path}`).href;
}
