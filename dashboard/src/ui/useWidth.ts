import { useSyncExternalStore } from "react";

export type Width = "wide" | "mid" | "narrow";

const wide = window.matchMedia("(min-width: 1200px)");
const mid = window.matchMedia("(min-width: 900px)");

function watch(changed: () => void): () => void {
  for (const query of [wide, mid]) query.addEventListener("change", changed);
  return () => {
    for (const query of [wide, mid]) query.removeEventListener("change", changed);
  };
}

/** How much room there is: whole tables, tables without their lesser columns, or cards. */
export function useWidth(): Width {
  return useSyncExternalStore(watch, () => (wide.matches ? "wide" : mid.matches ? "mid" : "narrow"));
}
