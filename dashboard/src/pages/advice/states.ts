/** What became of a recommendation. */
export const STATES = [
  { value: "open", label: "Open" },
  { value: "applied", label: "Applied" },
  { value: "dismissed", label: "Dismissed" },
] as const;
export type State = (typeof STATES)[number]["value"];
