import { useEffect, useState } from "react";
import { usePreferences } from "../api/me";

const TOUR_WAITS_MS = 1200;

/** The tour starts by itself once per user, on the overview, and on request. */
export function useTour(): { runs: boolean; start: () => void; end: () => void } {
  const { preferences, save } = usePreferences();
  const [runs, setRuns] = useState(false);
  // Who has just seen it does not see it again because that could not be saved.
  const [isOver, setOver] = useState(false);
  const isDue = preferences?.tour_seen === false && !isOver;
  useEffect(() => {
    if (!isDue || !/\/cloudflow\/?$/.test(window.location.pathname)) return;
    const timer = setTimeout(() => setRuns(true), TOUR_WAITS_MS);
    return () => clearTimeout(timer);
  }, [isDue]);
  return {
    runs,
    start: () => setRuns(true),
    end: () => {
      save({ tour_seen: true });
      setOver(true);
      setRuns(false);
    },
  };
}
