import Button from "@mui/material/Button";
import type { ReactElement } from "react";
import type { Preview } from "../../api/alerts";
import { count, DAY, day, plural, ticks } from "../../format/format";
import { Refusal } from "../../ui/form";
import { ruleWords, bodyOfRule, type RuleForm } from "./signals";

interface Asked {
  data: Preview | undefined;
  error: Error | null;
  isPending: boolean;
}

const DAYS = 30;
const HEIGHT = 48;

/** What the rule would have done in the last 30 days, before it is kept. */
export function RulePreview({ form, asked, onAsk }: { form: RuleForm; asked: Asked; onAsk: () => void }): ReactElement {
  const found = asked.data;
  return (
    <section aria-label="Preview" style={{ border: "1px solid var(--cf-line)", borderRadius: 8, padding: "10px 16px", background: "var(--cf-sunken)" }}>
      <div className="cf-row cf-wrap">
        <div className="cf-grow" style={{ minWidth: 200 }} role="status">
          {found ? <Outcome found={found} /> : <span className="cf-2">{ruleWords(bodyOfRule(form))}</span>}
        </div>
        <Button size="small" loading={asked.isPending} onClick={onAsk}>{found ? "Try again" : "Try on the last 30 days"}</Button>
      </div>
      {found && found.readings > 0 && <Bars found={found} />}
      <Refusal error={asked.error} />
    </section>
  );
}

function Outcome({ found }: { found: Preview }): ReactElement {
  if (!found.readings) return <><b className="cf-strong">Nothing to judge by yet</b><div className="cf-meta cf-2">This was not measured in the last 30 days. The rule watches from now on.</div></>;
  return (
    <>
      <b className="cf-strong">Would have fired {found.fired ? plural(found.fired, "time") : "never"} in 30 days</b>
      <div className="cf-meta cf-2">Judged by {plural(found.readings, "reading")}{found.first_at && Date.parse(found.first_at) > Date.now() - (DAYS - 1) * DAY ? `, the first from ${day(found.first_at)}` : ""}</div>
    </>
  );
}

function Bars({ found }: { found: Preview }): ReactElement {
  const days = Array.from({ length: DAYS }, (_, place) => new Date(Date.now() - (DAYS - 1 - place) * DAY).toISOString().slice(0, 10));
  const top = ticks(Math.max(1, ...Object.values(found.by_day)), 1).at(-1) ?? 1;
  return (
    <div style={{ paddingTop: 8 }}>
      <svg width="100%" height={HEIGHT} viewBox={`0 0 ${DAYS} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={days.filter((one) => found.by_day[one]).map((one) => `${day(one)}: ${count(found.by_day[one])}`).join(", ") || "No day on which it would have fired"} style={{ display: "block" }}>
        <line x1={0} x2={DAYS} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} stroke="var(--cf-edge)" vectorEffect="non-scaling-stroke" />
        {days.map((one, place) => {
          const height = ((found.by_day[one] ?? 0) / top) * (HEIGHT - 2);
          return <rect key={one} x={place + 0.12} width={0.76} y={HEIGHT - height} height={height} fill="var(--cf-error)" />;
        })}
      </svg>
      <div className="cf-row cf-num cf-3" style={{ justifyContent: "space-between", fontSize: 11, lineHeight: "16px", paddingTop: 2 }} aria-hidden="true">
        <span>{day(days[0] ?? "")}</span>
        <span>{day(days.at(-1) ?? "")}</span>
      </div>
    </div>
  );
}
