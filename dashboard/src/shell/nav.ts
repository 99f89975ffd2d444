import { whenAsked, type Ready } from "../ready";
import { BASE } from "../stage";

export interface Tab extends Ready {
  path: string;
  label: string;
  /** After G, as in "go to". */
  key: string;
  counts?: "recommendations" | "migrations";
}

/** The tabs in the order of the work: see, decide, move, check. One line adds a page. */
export const TABS: readonly Tab[] = [
  { path: "", label: "Overview", key: "o", ...whenAsked(() => import("../pages/Overview")) },
  { path: "files", label: "Files", key: "f", ...whenAsked(() => import("../pages/Files")) },
  { path: "recommendations", label: "Recommendations", key: "r", ...whenAsked(() => import("../pages/Recommendations")), counts: "recommendations" },
  { path: "migrations", label: "Migrations", key: "m", ...whenAsked(() => import("../pages/Migrations")), counts: "migrations" },
  { path: "events", label: "Events", key: "e", ...whenAsked(() => import("../pages/Events")) },
  { path: "performance", label: "Performance", key: "p", ...whenAsked(() => import("../pages/Performance")) },
  { path: "costs", label: "Costs", key: "c", ...whenAsked(() => import("../pages/Costs")) },
  { path: "alerts", label: "Alerts", key: "a", ...whenAsked(() => import("../pages/Alerts")) },
];

export const SETTINGS: Tab = { path: "settings", label: "Settings", key: "s", ...whenAsked(() => import("../pages/Settings")) };

export function to(path: string): string {
  return path ? `${BASE}/${path}` : BASE;
}

/** The tab that *pathname* belongs to. */
export function tabOf(pathname: string): Tab {
  const first = pathname.slice(pathname.indexOf(BASE) + BASE.length).split("/")[1] ?? "";
  return [...TABS, SETTINGS].find((tab) => tab.path === first) ?? (TABS[0] as Tab);
}
