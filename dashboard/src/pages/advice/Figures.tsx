import type { ReactElement } from "react";
import type { Listing } from "../../api/listing";
import { useSavings } from "../../api/queries";
import type { Recommendation } from "../../api/types";
import { bytes, count, money, plural } from "../../format/format";
import { Strip } from "../../ui/basics";
import { SkeletonFigure } from "../../ui/states";
import { paybackDays, paybackWords, sumOf } from "../recommendationMath";

/** Money with its risk: of all open moves, not only of those that are loaded. */
export function Figures({ list }: { list: Listing<Recommendation> }): ReactElement {
  const savings = useSavings();
  const found = savings.data;
  const isListed = !list.isPending && !list.error;
  const worst = isListed ? sumOf(list.rows).worst : null;
  const back = found ? paybackDays(found.found_per_month, found.found_once) : null;
  const show = (value: string): ReactElement | string => (found || savings.isError ? value : <SkeletonFigure />);
  return (
    <Strip
      label="Open moves in figures"
      cells={[
        { term: "Saving if all applied", word: "saves", value: show(money(found?.found_per_month)), unit: found && "/mo", note: found ? `${plural(found.open_count, "move")}, ${bytes(found.open_bytes)}` : " " },
        { term: "One-off cost", word: "once", value: show(money(found?.found_once)), note: "Requests, retrieval, early deletion" },
        { term: "Pays back in", word: "paysBack", value: show(paybackWords(back)), note: "One-off cost over saving" },
        { term: "Worst case", word: "worst", value: show(money(worst)), unit: isListed ? "/mo" : undefined, note: worst === null ? " " : found && list.rows.length < found.open_count ? `Of the ${count(list.rows.length)} largest` : worst < 0 ? "Would cost more, if all get busy" : "Still saved, if all get busy" },
      ]}
    />
  );
}
