import type { ReactElement, ReactNode } from "react";
import { usePathOf, useProviderOf } from "../api/queries";
import type { Recommendation } from "../api/types";
import { bytes } from "../format/format";
import { Cloud, Path } from "../ui/basics";

/** Where a file lies, what it is called and how large it is; *children* stand before it. */
export function FileOf({ row, children }: { row: Pick<Recommendation, "location_id" | "name" | "size_bytes">; children?: ReactNode }): ReactElement {
  const pathOf = usePathOf();
  const providerOf = useProviderOf();
  return (
    <span className="cf-row">
      {children}
      <Cloud provider={providerOf(row.location_id)} />
      <Path path={pathOf(row)} />
      <span className="cf-2 cf-meta cf-num cf-nowrap">{bytes(row.size_bytes)}</span>
    </span>
  );
}
