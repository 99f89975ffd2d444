import type { Query } from "../api/client";
import type { Tier } from "../api/types";
import { DAY } from "../format/format";
import { TIERS, TierMark } from "../ui/basics";
import type { Choice } from "../ui/controls";

export const TIER_CHOICES: readonly Choice<Tier>[] = TIERS.map((tier) => ({ value: tier, label: <TierMark tier={tier} /> }));

/** A choice whose label is plain text, so that it can be named in a sentence. */
type NamedChoice = Choice<string> & { label: string };

const MB = 2 ** 20;
const SIZES: Record<string, [string, number | null, number | null]> = {
  tiny: ["under 1 MB", null, MB],
  small: ["1 to 128 MB", MB, 128 * MB],
  large: ["128 MB to 5 GB", 128 * MB, 5 * 1024 * MB],
  huge: ["over 5 GB", 5 * 1024 * MB, null],
};
export const SIZE_CHOICES: readonly NamedChoice[] = Object.entries(SIZES).map(([value, [label]]) => ({ value, label }));

const AGES: Record<string, [string, "read_since" | "unread_since", number]> = {
  week: ["in 7 days", "read_since", 7],
  month: ["in 30 days", "read_since", 30],
  idle30: ["not for 30 days", "unread_since", 30],
  idle90: ["not for 90 days", "unread_since", 90],
};
export const AGE_CHOICES: readonly NamedChoice[] = Object.entries(AGES).map(([value, [label]]) => ({ value, label }));

/** Everything in the address that narrows the list down, besides the search. */
export const FILTERS = ["location", "tier", "size", "read"] as const;

/** What is counted: the same files, in no order. */
export function countQuery(params: URLSearchParams): Query {
  return { ...fileQuery(params), sort: null, direction: null };
}

/** What the address says, as the API wants it. Days begin at midnight, so that a cursor stays good. */
export function fileQuery(params: URLSearchParams): Query {
  const size = SIZES[params.get("size") ?? ""];
  const age = AGES[params.get("read") ?? ""];
  const midnight = Math.floor(Date.now() / DAY) * DAY;
  return {
    name: params.get("name"),
    location_id: params.get("location"),
    tier: params.get("tier"),
    min_bytes: size?.[1],
    max_bytes: size?.[2],
    ...(age ? { [age[1]]: new Date(midnight - age[2] * DAY).toISOString() } : {}),
    sort: params.get("order") ?? "name",
    direction: params.get("desc") === "1" ? "desc" : "asc",
  };
}
