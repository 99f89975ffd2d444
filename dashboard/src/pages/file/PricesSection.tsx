import type { ReactElement } from "react";
import { usePrices } from "../../api/queries";
import type { ClassPrice, FileRow } from "../../api/types";
import { money } from "../../format/format";
import { TierMark, Tip } from "../../ui/basics";
import { Icon } from "../../ui/icons";

/** What the file would cost a month in each class, with what moving it there costs once. */
export function PricesSection({ file }: { file: FileRow }): ReactElement | null {
  const prices = usePrices(file.file_id);
  if (prices.data && !prices.data.length) return null;
  const cheapest = prices.data?.reduce((best, one) => (monthly(one) < monthly(best) ? one : best), prices.data[0] as ClassPrice);
  return (
    <section>
      <h3>Price per class <span className="cf-meta cf-2" style={{ fontWeight: 400 }}>a month</span> <Tip word="pricePerClass"><button type="button" className="cf-hint" aria-label="How the price is worked out"><Icon name="info" size={14} /></button></Tip></h3>
      {prices.isError ? (
        <p className="cf-2">The prices did not come. <button type="button" className="cf-link" onClick={() => void prices.refetch()}>Try again</button></p>
      ) : (
        <div style={prices.data ? undefined : { minHeight: 132 }}>
          {prices.data && (
            <table className="cf-prices">
              <thead><tr><th>Class</th><th>Storage</th><th>Reads</th><th>Together</th><th>To move</th></tr></thead>
              <tbody>
                {prices.data.map((one) => (
                  <tr key={`${one.location_id} ${one.storage_class}`} data-here={one.is_here ? "" : undefined}>
                    <th scope="row">
                      <span className="cf-row"><TierMark tier={one.tier} word={false} /> <span className="cf-ellipsis" title={`${one.location_id}, ${one.storage_class}`}>{one.location_id === file.location_id ? one.storage_class : `${one.location_id} ${one.storage_class}`}</span></span>
                    </th>
                    <td>{money(one.storage_usd, true)}</td>
                    <td>{money(one.use_usd, true)}</td>
                    <td className={one === cheapest ? "cf-strong cf-ok" : "cf-strong"}>{money(monthly(one), true)}</td>
                    <td>{one.is_here ? <span className="cf-2">here now</span> : money(one.once_usd, true)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </div>
      )}
    </section>
  );
}

function monthly(one: ClassPrice): number {
  return one.storage_usd + one.use_usd;
}
