import type { ReactElement } from "react";
import { Link } from "react-router-dom";
import { useExplained } from "../../api/queries";
import type { Recommendation } from "../../api/types";
import { money, percent } from "../../format/format";
import { sentence } from "../../format/words";
import { to } from "../../shell/nav";
import { Move, Tip } from "../../ui/basics";
import { worstWords } from "../recommendationMath";

const PARTS = { requests: "Requests", retrieval: "Retrieval", early_delete: "Early deletion", transport: "Transport between regions or clouds" } as const;

export function Why({ row }: { row: Recommendation }): ReactElement {
  const explained = useExplained(row.recommendation_id).data;
  const parts = Object.entries(explained?.once_parts ?? {}) as [keyof typeof PARTS, number][];
  return (
    <div className="cf-why">
      <div>
        <b className="cf-strong">Why</b>
        <ul>
          {row.reasons.map((reason) => (
            <li key={reason} className="cf-row" style={{ alignItems: "flex-start" }}><span className="cf-3" aria-hidden="true">–</span> {sentence(reason)}</li>
          ))}
        </ul>
        <p><Link className="cf-link" to={to(`files/${encodeURIComponent(row.file_id)}`)}>Open the file</Link></p>
      </div>
      <div>
        <b className="cf-strong">Storage class</b>
        <p><Move from={row.from_class} to={row.to_class} /></p>
        {row.location_id !== row.to_location_id && <p><Move from={row.location_id} to={row.to_location_id} /></p>}
        <p className="cf-2"><Tip word="confidence"><span>Confidence {percent(row.confidence)}</span></Tip></p>
        {explained && <p className="cf-meta cf-3">By {explained.model}, prices of {explained.price_book}</p>}
      </div>
      <div className="cf-lines">
        <b className="cf-strong">Money</b>
        <MoneyLine term="Saves per month" value={money(row.saves_per_month, true)} />
        <MoneyLine term="Nine times out of ten at least" value={money(row.saves_low, true)} />
        <MoneyLine term="Costs once" value={money(row.once, true)} />
        {parts.map(([part, usd]) => <MoneyLine key={part} term={`– ${PARTS[part]}`} value={money(usd, true)} />)}
        <MoneyLine term="Read as in its busiest month" value={worstWords(row.worst_per_month)} />
        <MoneyLine term="One whole read there costs more by" value={money(row.read_tomorrow, true)} />
      </div>
    </div>
  );
}

function MoneyLine({ term, value }: { term: string; value: string }): ReactElement {
  return <div><span className="cf-2">{term}</span><span className="cf-num cf-nowrap">{value}</span></div>;
}
