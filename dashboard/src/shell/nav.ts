import { lazy, type ComponentType } from "react";
import { BASE } from "../stage";

export interface Tab {
  path: string;
  label: string;
  /** After G, as in "go to". */
  key: string;
  page: ComponentType;
  counts?: "recommendations" | "migrations";
}

/** The tabs in the order of the work: see, decide, move, check. One line adds a page. */
export const TABS: readonly Tab[] = [
  { path: "", label: "Overview", key: "o", page: lazy(() => import("../pages/Overview")) },
  { path: "files", label: "Files", key: "f", page: lazy(() => import("../pages/Files")) },
  { path: "recommendations", label: "Recommendations", key: "r", page: lazy(() => import("../pages/Recommendations")), counts: "recommendations" },
  { path: "migrations", label: "Migrations", key: "m", page: lazy(() => import("../pages/Migrations")), counts: "migrations" },
  { path: "events", label: "Events", key: "e", page: lazy(() => import("../pages/Events")) },
  { path: "performance", label: "Performance", key: "p", page: lazy(() => import("../pages/Performance")) },
  { path: "costs", label: "Costs", key: "c", page: lazy(() => import("../pages/Costs")) },
  { path: "alerts", label: "Alerts", key: "a", page: lazy(() => import("../pages/Alerts")) },
];

export const SETTINGS: Tab = { path: "settings", label: "Settings", key: "s", page: lazy(() => import("../pages/Settings")) };

export function to(path: string): string {
  return path ? `${BASE}/${path}` : BASE;
}

/** The tab that *pathname* belongs to. */
export function tabOf(pathname: string): Tab {
  const first = pathname.slice(pathname.indexOf(BASE) + BASE.length).split("/")[1] ?? "";
  return [...TABS, SETTINGS].find((tab) => tab.path === first) ?? (TABS[0] as Tab);
}
