/** Questions that are asked before the page's code is here, so that the first drawing shows their answers. */

const ROOT = "cloudflow/api/v1/";

/** Airflow sets `<base href>`, so this holds behind any base path. */
export function apiUrl(path: string): URL {
  return new URL(ROOT + path.replace(/^\//, ""), document.baseURI);
}

export type Query = Record<string, string | number | boolean | null | undefined | readonly string[]>;

export function withQuery(path: string, query: Query = {}): URL {
  const url = apiUrl(path);
  for (const [name, value] of Object.entries(query)) {
    if (value == null || value === "") continue;
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [String(value)]) url.searchParams.append(name, one);
  }
  return url;
}

/** How many rows a list asks for at once. */
export const PAGE = 100;
/** How many lines of the bell. */
export const LINES = 30;
/** The states of migrations that are at work or wait for it. */
export const UNFINISHED = ["queued", "validated", "copied", "verified"] as const;

/** Which days the overview's trend shows, and how they are split. */
export const TREND = { days: 90, split: "tier" } as const;

type Question = readonly [path: string, query?: Query];
const OF_EVERY_PAGE: readonly Question[] = [["me"], ["notifications", { limit: LINES }], ["recommendations", { state: "open", limit: PAGE }], ["migrations", { state: UNFINISHED, limit: PAGE }], ["locations"]];
const OF_OVERVIEW: readonly Question[] = [["totals"], ["totals/costs"], ["recommendations/summary"], ["migrations", { limit: PAGE }], ["costs", TREND]];

const FRESH_MS = 10_000;
const answers = new Map<string, { at: number; value: unknown }>();
let asking: Promise<unknown> = Promise.resolve();

async function ask([path, query]: Question): Promise<void> {
  const url = withQuery(path, query);
  const response = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (response.ok) answers.set(url.href, { at: Date.now(), value: await response.json() });
}

/** Ask what the first drawing of a page shows; what is refused is asked again by whoever needs it. */
export function askEarly(isOverview: boolean): void {
  asking = Promise.allSettled([...OF_EVERY_PAGE, ...(isOverview ? OF_OVERVIEW : [])].map(ask));
}

/** Wait for what was asked early, but not longer than *patienceMs*: true if there was anything. */
export async function answered(patienceMs: number): Promise<boolean> {
  await Promise.race([asking, new Promise((resolve) => setTimeout(resolve, patienceMs))]);
  return answers.size > 0;
}

interface Begun<T> {
  initialData: () => T | undefined;
  initialDataUpdatedAt: () => number | undefined;
}

/** What a query begins with, if its question was asked early. */
export function begunWith<T, R = T>(path: string, query?: Query, read: (value: T) => R = (value) => value as unknown as R): Begun<R> {
  const found = (): { at: number; value: unknown } | undefined => {
    const answer = answers.get(withQuery(path, query).href);
    return answer && Date.now() - answer.at < FRESH_MS ? answer : undefined;
  };
  return {
    initialData: () => {
      const answer = found();
      return answer && read(answer.value as T);
    },
    initialDataUpdatedAt: () => found()?.at,
  };
}
