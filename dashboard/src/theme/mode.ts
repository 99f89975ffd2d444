import { useSyncExternalStore } from "react";

export type Mode = "light" | "dark";

function read(): Mode {
  return document.documentElement.classList.contains("dark") ? "dark" : "light";
}

function watch(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
  return () => observer.disconnect();
}

/** Airflow's present mode: it sets the class `dark` on `<html>`, and nothing else tells. */
export function useMode(): Mode {
  return useSyncExternalStore(watch, read);
}
