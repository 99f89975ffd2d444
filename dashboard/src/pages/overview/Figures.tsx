import Button from "@mui/material/Button";
import type { ReactElement } from "react";
import { Link } from "react-router-dom";
import { useCosts, useSavings, type useTotals } from "../../api/queries";
import type { Costs, Savings } from "../../api/types";
import { bytes, bytesFigure, money, percent, plural } from "../../format/format";
import { to } from "../../shell/nav";
import { Ago, Strip, type Cell } from "../../ui/basics";
import { SkeletonFigure } from "../../ui/states";
import { paybackDays, paybackWords } from "../recommendationMath";

/** Money first: what could be saved, what is paid, what came of it; and what lies there. */
export function Figures({ totals: asked }: { totals: ReturnType<typeof useTotals> }): ReactElement {
  const totals = asked.data;
  const savings = useSavings();
  const costs = useCosts();
  const size = bytesFigure(totals?.size_bytes);
  const ready = (value: string, isReady: boolean): ReactElement | string => (isReady ? value : <SkeletonFigure />);
  const cold = totals?.totals.filter((total) => total.tier === "cold").reduce((sum, total) => sum + total.size_bytes, 0) ?? 0;
  const known = Boolean(savings.data) || savings.isError;
  const priced = Boolean(costs.data) || costs.isError;
  return (
    <Strip
      label="CloudFlow in figures"
      cells={[
        savingCell(savings.data, known),
        { term: "Bill", word: "bill", value: ready(money(costs.data?.usd_per_month), priced), unit: costs.data?.usd_per_month == null ? undefined : "/mo", note: costs.data ? billNote(costs.data) : " " },
        realisedCell(savings.data, known),
        { term: "Stored", word: "bytesStored", value: ready(size.value, Boolean(totals) || asked.isError), unit: size.unit, note: totals ? totals.files ? `${plural(totals.files, "file")}, ${percent(totals.size_bytes ? cold / totals.size_bytes : 0)} of it cold` : "No files yet" : " " },
      ]}
    />
  );
}

function savingCell(savings: Savings | undefined, known: boolean): Cell {
  const back = savings ? paybackDays(savings.found_per_month, savings.found_once) : null;
  return {
    term: "Saving available",
    word: "saving",
    value: known ? money(savings?.found_per_month) : <SkeletonFigure />,
    unit: savings ? "/mo" : undefined,
    note: !savings ? " " : savings.open_count ? `${plural(savings.open_count, "move")}, ${money(savings.found_once)} once, pays back ${back != null && back * 1440 < 1 ? "" : "in "}${paybackWords(back)}` : "Nothing to decide now",
    side:
      savings?.open_count ? (
        <Button component={Link} to={to("recommendations")} variant="contained" color="primary" size="small">
          Review
        </Button>
      ) : null,
  };
}

function billNote(found: Costs): ReactElement | string {
  if (found.usd_per_month == null) return "Worked out with the next recommendations";
  const use = found.costs.reduce((sum, one) => sum + one.use_usd, 0);
  return <>{money(use)} of it for reads, <Ago time={found.priced_at} /></>;
}

function realisedCell(savings: Savings | undefined, known: boolean): Cell {
  const measured = savings && savings.measured_promise > 0;
  return {
    term: "Realised",
    word: "realised",
    value: known ? money(measured ? savings.realised_per_month : savings?.applied_count === 0 ? 0 : null) : <SkeletonFigure />,
    unit: savings ? "/mo" : undefined,
    note: !savings
      ? " "
      : measured
        ? `${percent(savings.realised_per_month / savings.measured_promise)} of what was promised`
        : savings.applied_count
          ? `${money(savings.promised_per_month)} promised by ${plural(savings.applied_count, "move")}, ${bytes(savings.open_bytes)} still open`
          : "No move was applied yet",
  };
}
