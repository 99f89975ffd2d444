import { useSyncExternalStore } from "react";

const STEP = 5_000;
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribe(changed: () => void): () => void {
  // Nobody looked, so nothing told the time: React reads it again once it has subscribed.
  if (!listeners.size) now = Date.now();
  listeners.add(changed);
  timer ??= setInterval(() => {
    now = Date.now();
    listeners.forEach((listener) => listener());
  }, STEP);
  return () => {
    listeners.delete(changed);
    if (!listeners.size) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The time, in steps of 5 s: one clock for every "9 min ago" on the page. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}
