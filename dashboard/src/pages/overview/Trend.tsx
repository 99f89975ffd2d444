import { useState, type ReactElement } from "react";
import { useDailyCosts } from "../../api/costs";
import { TREND } from "../../api/early";
import type { Totals } from "../../api/types";
import { ChartCard, StackedDays } from "../../charts/Chart";
import { byteTicks, bytes, day, money, ticks } from "../../format/format";
import { Answered } from "../../ui/Answered";
import { TIERS, tierName } from "../../ui/basics";
import { Range } from "../../ui/controls";
import { TierShape } from "../../ui/icons";
import { Empty } from "../../ui/states";
import { trendOf, type Shown } from "./trendMath";

const HEIGHT = 232;
const PARTS = [...TIERS].reverse().map((tier) => ({ key: tier, name: tierName(tier), color: `var(--cf-${tier})` }));
const CHOICES: readonly { value: Shown; label: string }[] = [
  { value: "bytes", label: "Bytes" },
  { value: "bill", label: "Bill" },
];
const TITLES: Record<Shown, string> = { bytes: "Storage by tier", bill: "Bill by tier" };
const FORMATS: Record<Shown, (value: number) => string> = { bytes: (value) => bytes(value), bill: (value) => money(value, true) };

/** How bytes and money spread over the tiers, day by day. */
export function Trend({ totals }: { totals: Totals | undefined }): ReactElement {
  const costs = useDailyCosts(TREND.days, TREND.split);
  const [shown, setShown] = useState<Shown>("bytes");
  const format = FORMATS[shown];
  const points = costs.data ? trendOf(costs.data, shown, totals) : [];
  const known = points.flatMap((point) => (point.parts ? [{ day: point.day, parts: point.parts, all: Object.values(point.parts).reduce((sum, one) => sum + one, 0) }] : []));
  const [first, last] = [known[0], known.at(-1)];
  return (
    <ChartCard
      title={TITLES[shown]}
      sub={shown === "bytes" ? `${TREND.days} days` : `a day, ${TREND.days} days`}
      legend={TIERS.map((tier) => ({ name: tierName(tier), color: `var(--cf-${tier})`, shape: <TierShape tier={tier} /> }))}
      choice={<Range label="What the trend shows" value={shown} choices={CHOICES} onChange={setShown} />}
      height={HEIGHT}
      table={() => ({ head: ["Day", "Together", ...TIERS.map(tierName)], rows: known.map((point) => [day(point.day), format(point.all), ...TIERS.map((tier) => format(point.parts[tier] ?? 0))]) })}
    >
      <Answered query={costs} what="The trend" rows={5}>
        {() =>
          first && last && known.length > 1 ? (
            <StackedDays label={`${TITLES[shown]}, ${format(first.all)} on ${day(first.day)} to ${format(last.all)} on ${day(last.day)}`} points={points} parts={PARTS} format={format} ticks={shown === "bytes" ? byteTicks : ticks} height={HEIGHT} />
          ) : (
            <Empty icon="history" title="The trend begins tomorrow">Each night the day before is worked out: its bytes, and what they cost. Two days make a line.</Empty>
          )
        }
      </Answered>
    </ChartCard>
  );
}
