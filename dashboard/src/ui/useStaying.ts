import { useState } from "react";

/** What is open although nobody chose it: the first row, and the same one as long as it is there, whatever comes before it. */
export function useStaying<T>(rows: readonly T[], keyOf: (row: T) => string): T | undefined {
  const [kept, keep] = useState<string | null>(null);
  const found = rows.find((row) => keyOf(row) === kept) ?? rows[0];
  const key = found === undefined ? null : keyOf(found);
  if (key !== kept) keep(key);
  return found;
}
