import { useEffect, useState } from "react";

/** What was typed, once nothing more has come for *wait* milliseconds. */
export function useSettled(value: string, wait: number): string {
  const [settled, setSettled] = useState(value.trim());
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value.trim()), wait);
    return () => clearTimeout(timer);
  }, [value, wait]);
  return settled;
}
