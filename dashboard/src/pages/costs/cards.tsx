import type { ReactElement } from "react";
import { Link } from "react-router-dom";
import type { CostAnswer, CostGroup, Forecast, Split, useDailyCosts } from "../../api/costs";
import type { useSavings } from "../../api/queries";
import type { Tier } from "../../api/types";
import { ChartCard, CostChart } from "../../charts/Chart";
import { bytes, DAY, day, money, percent, plural } from "../../format/format";
import { to } from "../../shell/nav";
import { Answered } from "../../ui/Answered";
import { Bar, Card, Strip, TierMark, TIERS, tierName } from "../../ui/basics";
import { Range } from "../../ui/controls";
import { DataTable, type Column } from "../../ui/DataTable";
import { TierShape } from "../../ui/icons";
import { Empty, SkeletonFigure, SkeletonRows } from "../../ui/states";
import { change, monthlyPace, partRows, pointsOf, realisedShare, SPLITS } from "./costMath";

const HEIGHT = 280;
const COLOURS = [...TIERS].reverse().map((tier) => ({ key: tier, name: tierName(tier), color: `var(--cf-${tier})` }));

function Change({ share }: { share: number | null }): ReactElement {
  if (share == null) return <span className="cf-3">–</span>;
  return <span className={share < -0.001 ? "cf-ok" : share > 0.001 ? "cf-warn" : "cf-2"}>{share > 0 ? "+" : ""}{percent(share)}</span>;
}

export function CostStrip({ costs, forecast, savings: asked }: { costs: CostAnswer | undefined; forecast: Forecast | undefined; savings: ReturnType<typeof useSavings> }): ReactElement {
  const ready = (known: unknown, value: string): ReactElement | string => (known ? value : <SkeletonFigure />);
  const savings = asked.data;
  const isSaid = Boolean(savings) || asked.isError;
  const share = savings ? realisedShare(savings) : null;
  const days = costs ? Math.round((Date.parse(costs.until) - Date.parse(costs.since)) / DAY) + 1 : 30;
  const difference = costs ? change(costs.usd, costs.before_usd) : null;
  return (
    <Strip
      label="Costs in figures"
      cells={[
        { term: `Last ${days} days`, value: ready(costs, costs?.days.length ? money(costs.usd) : "–"), note: !costs ? " " : difference == null ? `${plural(costs.days.length, "day")} worked out` : <><Change share={difference} /> vs the {days} days before</> },
        { term: "At this pace", value: ready(costs, money(costs ? monthlyPace(costs) : null)), unit: costs?.days.length ? "/mo" : undefined, note: forecast?.usd == null ? "The mean of the days worked out" : `Next 30 days ${money(forecast.usd)}, likely ${money(forecast.low_usd)} to ${money(forecast.high_usd)}` },
        { term: "Open moves would save", word: "saving", value: ready(isSaid, money(savings?.found_per_month)), unit: savings ? "/mo" : undefined, note: savings ? <Link className="cf-link" to={to("recommendations")}>{plural(savings.open_count, "open move")}</Link> : " " },
        { term: "Realised of promised", word: "realised", value: ready(isSaid, percent(share)), note: !savings ? " " : share == null ? "Nothing measured yet" : `${money(savings.realised_per_month)} of ${money(savings.measured_promise)} a month` },
      ]}
    />
  );
}

export function DailyCard({ costs }: { costs: CostAnswer | undefined }): ReactElement {
  const known = costs?.days ?? [];
  return (
    <ChartCard
      title="Cost per day"
      sub="by tier"
      legend={TIERS.map((tier) => ({ name: tierName(tier), color: `var(--cf-${tier})`, shape: <TierShape tier={tier} /> }))}
      height={HEIGHT}
      table={() => ({ head: ["Day", "Together", ...TIERS.map(tierName)], rows: known.map((one) => [day(one.day), money(one.usd, true), money(one.hot_usd, true), money(one.warm_usd, true), money(one.cold_usd, true)]) })}
      foot={costs && known.length > 0 && known.length < pointsOf(costs).length ? <span>Left empty: {plural(pointsOf(costs).length - known.length, "day")} without a bill</span> : undefined}
    >
      {!costs ? (
        <SkeletonRows rows={6} />
      ) : known.length ? (
        <CostChart label={`Cost per day, ${money(Math.min(...known.map((one) => one.usd)))} to ${money(Math.max(...known.map((one) => one.usd)))}`} points={pointsOf(costs)} parts={COLOURS} height={HEIGHT} />
      ) : (
        <Empty icon="history" title="No day was worked out yet">Each night the day before is billed from the price books. The first bars stand here tomorrow.</Empty>
      )}
    </ChartCard>
  );
}

export function PromiseCard({ savings }: { savings: ReturnType<typeof useSavings> }): ReactElement {
  return (
    <Card title="Promised and realised" word="promised" sub="$ a month">
      <Answered query={savings} what="Savings" rows={4}>
        {(found) =>
          found.applied_count ? (
            <div className="cf-cardbody cf-stack" style={{ gap: 16 }}>
              <Line name="Promised by applied moves" value={found.promised_per_month} of={found.promised_per_month} color="var(--cf-bar)" />
              <Line name="Of these measured by now" value={found.measured_promise} of={found.promised_per_month} color="var(--cf-bar)" />
              <Line name="Realised" value={found.realised_per_month} of={found.promised_per_month} color="var(--cf-progress)" strong />
              <p className="cf-meta cf-2">{plural(found.applied_count, "move")} applied. Each is measured on the reads that came after it.</p>
            </div>
          ) : (
            <Empty icon="tiers" title="No move was applied yet" actions={<Link className="cf-link" to={to("recommendations")}>See recommendations</Link>}>What applied moves promised and what they really saved stands here side by side.</Empty>
          )
        }
      </Answered>
    </Card>
  );
}

function Line({ name, value, of, color, strong }: { name: string; value: number; of: number; color: string; strong?: boolean }): ReactElement {
  return (
    <div>
      <div className="cf-row">
        <span className="cf-grow">{name}</span>
        <span className={strong ? "cf-strong cf-num" : "cf-num cf-2"}>{money(value, true)}</span>
      </div>
      <div style={{ marginTop: 4 }}><Bar share={of > 0 ? Math.max(0, value) / of : 0} color={color} /></div>
    </div>
  );
}

export function GroupCard({ costs, split, onSplit }: { costs: ReturnType<typeof useDailyCosts>; split: Split; onSplit: (split: Split) => void }): ReactElement {
  const name = (row: CostGroup): ReactElement => (split === "tier" && (TIERS as readonly string[]).includes(row.name) ? <TierMark tier={row.name as Tier} /> : <span className={split === "prefix" ? "cf-mono" : undefined} style={{ overflowWrap: "anywhere" }}>{row.name}</span>);
  const columns: Column<CostGroup>[] = [
    { key: "name", head: SPLITS.find((one) => one.value === split)?.label ?? "Group", width: "minmax(0, 1fr)", cell: name },
    { key: "bytes", head: "Bytes", width: "80px", right: true, wideOnly: true, cell: (row) => <span className="cf-2">{bytes(row.size_bytes)}</span> },
    { key: "usd", head: "Cost", width: "92px", right: true, strong: true, cell: (row) => money(row.usd, true) },
    { key: "share", head: "Share", width: "64px", right: true, cell: (row) => <span className="cf-2">{percent(row.share)}</span> },
    { key: "change", head: "Change", width: "76px", right: true, cell: (row) => <Change share={change(row.usd, row.before_usd)} /> },
  ];
  return (
    <Card title="Where it goes" side={<span style={{ marginLeft: "auto" }}><Range label="Split by" value={split} choices={SPLITS} onChange={onSplit} /></span>}>
      {/* Rows of another split would stand below the wrong name. */}
      <Answered query={costs.isPlaceholderData ? { ...costs, data: undefined } : costs} what="Costs" rows={4}>
        {(found) =>
          found.groups.length ? (
            <DataTable
              label="Costs by group"
              rows={found.groups}
              rowKey={(row) => row.name}
              columns={columns}
              height={found.groups.length > 40 ? "480px" : undefined}
              cardHeight={60}
              card={(row) => (
                <>
                  <div className="cf-row"><span className="cf-grow">{name(row)}</span><b className="cf-strong cf-num">{money(row.usd, true)}</b></div>
                  <div className="cf-row cf-meta cf-2 cf-num"><span>{bytes(row.size_bytes)}</span><span>{percent(row.share)}</span><span className="cf-grow cf-right"><Change share={change(row.usd, row.before_usd)} /></span></div>
                </>
              )}
            />
          ) : (
            <Empty title="Nothing was billed in this time">Choose a longer time, or wait for the first night.</Empty>
          )
        }
      </Answered>
    </Card>
  );
}

export function PartsCard({ costs }: { costs: CostAnswer | undefined }): ReactElement {
  const rows = costs ? partRows(costs.parts) : [];
  return (
    <Card title="What for">
      {!costs ? (
        <SkeletonRows rows={3} />
      ) : rows.length ? (
        <div className="cf-cardbody cf-stack" style={{ gap: 12 }}>
          {rows.map((row) => (
            <div key={row.name}>
              <div className="cf-row"><span className="cf-grow">{row.name}</span><b className="cf-strong cf-num">{money(row.usd, true)}</b><span className="cf-2 cf-num cf-right" style={{ width: 48 }}>{percent(row.share)}</span></div>
              <div style={{ marginTop: 4 }}><Bar share={row.share} color="var(--cf-bar)" /></div>
            </div>
          ))}
        </div>
      ) : (
        <Empty title="Nothing paid yet">Storage, requests and retrieval are told apart here.</Empty>
      )}
    </Card>
  );
}
