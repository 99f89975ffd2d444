import type { ReactElement } from "react";
import { useCosts, type useTotals } from "../../api/queries";
import type { GroupCost, Tier, Total, Totals } from "../../api/types";
import { bytes, money, percent } from "../../format/format";
import { Bar, Card, Cloud, TIERS, TierMark, cloudName } from "../../ui/basics";
import { Failure, SkeletonRows } from "../../ui/states";

export function cloudsOf(totals: Totals): string[] {
  return [...new Set(totals.totals.map((total) => total.provider ?? ""))].sort();
}

type Group = Total | GroupCost;

/** Where bytes and money are, by tier and by cloud. */
export function Bytes({ totals }: { totals: ReturnType<typeof useTotals> }): ReactElement {
  const sums = totals.data;
  const found = useCosts().data;
  const costs = found?.usd_per_month ? found.costs : null;
  const share = (belongs: (group: Group) => boolean): ShareProps["part"] => ({
    bytes: sums?.totals.filter(belongs).reduce((sum, one) => sum + one.size_bytes, 0) ?? 0,
    files: sums?.totals.filter(belongs).reduce((sum, one) => sum + one.files, 0) ?? 0,
    usd: costs ? costs.filter(belongs).reduce((sum, one) => sum + one.storage_usd + one.use_usd, 0) : null,
  });
  return (
    <Card title={costs ? "Bytes and bill" : "Where your bytes are"} word={costs ? "bill" : undefined} sub="by tier and by cloud" tour="bytes">
      {totals.isError && !sums ? (
        <Failure error={totals.error} what="Sums" again={() => void totals.refetch()} />
      ) : sums ? (
        <div className="cf-cardbody cf-halves" style={{ gap: 32 }}>
          <div className="cf-stack" style={{ gap: 16 }}>
            {TIERS.map((tier: Tier) => (
              <Share key={tier} name={<TierMark tier={tier} />} color={`var(--cf-${tier})`} all={share(() => true)} part={share((group) => group.tier === tier)} />
            ))}
          </div>
          <div className="cf-stack" style={{ gap: 16 }}>
            {cloudsOf(sums).map((provider) => (
              <Share key={provider} name={<span className="cf-row"><Cloud provider={provider} /> {cloudName(provider)}</span>} color="var(--cf-progress)" all={share(() => true)} part={share((group) => (group.provider ?? "") === provider)} />
            ))}
          </div>
        </div>
      ) : (
        <SkeletonRows rows={5} />
      )}
    </Card>
  );
}

interface ShareProps {
  name: ReactElement;
  color: string;
  all: { bytes: number; files: number; usd: number | null };
  part: { bytes: number; files: number; usd: number | null };
}

function Share({ name, color, all, part }: ShareProps): ReactElement {
  const priced = part.usd != null && all.usd != null;
  return (
    <div>
      <div className="cf-row">
        {name}
        <span className="cf-grow" />
        {priced && <span className="cf-num"><b className="cf-strong">{money(part.usd)}</b> <span className="cf-2">/mo</span></span>}
        <span className={`cf-num cf-right ${priced ? "cf-2" : "cf-strong"}`} style={{ minWidth: 72 }}>{bytes(part.bytes)}</span>
      </div>
      <div className="cf-bars" style={{ marginTop: 4 }}>
        {priced ? <Line term="Bill" share={ratio(part.usd ?? 0, all.usd ?? 0)} color={color} /> : <Line term="Bytes" share={ratio(part.bytes, all.bytes)} color={color} />}
        {priced ? <Line term="Bytes" share={ratio(part.bytes, all.bytes)} color="var(--cf-bar)" /> : <Line term="Files" share={ratio(part.files, all.files)} color="var(--cf-bar)" />}
      </div>
    </div>
  );
}

function Line({ term, share, color }: { term: string; share: number; color: string }): ReactElement {
  return (
    <>
      <span>{term}</span>
      <Bar share={share} color={color} />
      <span className="cf-right cf-num">{percent(share)}</span>
    </>
  );
}

function ratio(part: number, all: number): number {
  return all ? part / all : 0;
}
