import type { ReactElement } from "react";
import type { PrefixMove, Recommendation } from "../api/types";
import { Move } from "../ui/basics";

type Ends = Pick<Recommendation & PrefixMove, "from_tier" | "to_tier" | "from_class" | "to_class" | "location_id" | "to_location_id">;

/** From tier to tier; from class to class where the tier stays, from place to place where only that changes. */
export function MoveOf({ row }: { row: Ends }): ReactElement {
  if (row.from_tier !== row.to_tier) return <Move from={row.from_tier} to={row.to_tier} />;
  return row.location_id === row.to_location_id ? <Move from={row.from_class} to={row.to_class} /> : <Move from={row.location_id} to={row.to_location_id} />;
}
