/** Made-up answers of the areas that the other pages show, by method and path. */
import { alerts } from "./alerts";
import { costs } from "./costs";
import { performance } from "./performance";
import { people } from "./people";
import { places } from "./places";
import { prices } from "./prices";

export interface Asked {
  query: URLSearchParams;
  parts: readonly string[];
  body: Record<string, unknown>;
  empty: boolean;
}

export type Answers = Record<string, (asked: Asked) => unknown>;

/** A refusal, as the API would say it. */
export class Problem {
  constructor(
    readonly status: number,
    readonly detail: string,
  ) {}
}

export function minutesAgo(minutes: number): string {
  return new Date(Date.now() - minutes * 60_000).toISOString();
}

const ALL: Answers = { ...alerts, ...costs, ...people, ...performance, ...places, ...prices };

export const MORE: [RegExp, (asked: Asked) => unknown][] = Object.entries(ALL).map(([pattern, answer]) => [new RegExp(`^${pattern.replaceAll("{id}", "([^/]+)")}$`), answer]);
