import Button from "@mui/material/Button";
import type { ReactElement } from "react";
import { useDailyCosts, useForecast, type Split } from "../api/costs";
import { useSavings } from "../api/queries";
import { day } from "../format/format";
import { Answered, stateOf } from "../ui/Answered";
import { Card } from "../ui/basics";
import { Range } from "../ui/controls";
import { Icon } from "../ui/icons";
import { PageStyle } from "../ui/PageStyle";
import { useUrl } from "../ui/useUrl";
import { BudgetCard } from "./costs/BudgetCard";
import { CostStrip, DailyCard, GroupCard, PartsCard, PromiseCard } from "./costs/cards";
import { csvOf, SPLITS } from "./costs/costMath";
import { PageHead } from "./PageHead";

const WINDOWS = [
  { value: "30", label: "30 d" },
  { value: "90", label: "90 d" },
  { value: "365", label: "1 year" },
] as const;
type Window = (typeof WINDOWS)[number]["value"];

/** What storage costs a day, where it goes, and what came of the moves that were to save. */
export default function Costs(): ReactElement {
  const [splitText, setSplit] = useUrl("split");
  const [windowText, setWindow] = useUrl("days");
  const split: Split = SPLITS.find((one) => one.value === splitText)?.value ?? "tier";
  const window: Window = WINDOWS.find((one) => one.value === windowText)?.value ?? "30";
  const costs = useDailyCosts(Number(window), split);
  const forecast = useForecast();
  const savings = useSavings();
  const found = costs.data;
  const state = stateOf(costs);
  return (
    <>
      <PageStyle />
      <PageHead title="Costs" total={found ? `US dollars, worked out from the price books, to ${day(found.until)}` : null}>
        <Range label="Time" value={window} choices={WINDOWS} onChange={(value) => setWindow(value === "30" ? null : value)} />
        <Button startIcon={<Icon name="download" size={16} />} disabled={!found?.days.length || costs.isPlaceholderData} onClick={() => found && download(`cloudflow-costs-${found.until}.csv`, csvOf(found, found.groups, split))}>
          CSV
        </Button>
      </PageHead>
      {state === "there" || state === "loading" ? (
        <>
          <CostStrip costs={found} forecast={forecast.data} savings={savings} />
          <div className="cf-cols">
            <DailyCard costs={found} />
            <PromiseCard savings={savings} />
          </div>
          <BudgetCard />
          <div className="cf-cols">
            <GroupCard costs={costs} split={split} onSplit={(value) => setSplit(value === "tier" ? null : value)} />
            <PartsCard costs={found} />
          </div>
        </>
      ) : (
        <>
          <Card label="Costs"><Answered query={costs} what="Daily costs" missing="What a month costs now stands on the overview.">{() => null}</Answered></Card>
          <PromiseCard savings={savings} />
        </>
      )}
    </>
  );
}

function download(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
