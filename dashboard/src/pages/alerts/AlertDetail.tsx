import Button from "@mui/material/Button";
import type { ReactElement } from "react";
import { Link } from "react-router-dom";
import { useRules, type Alert } from "../../api/alerts";
import { exactMinute } from "../../format/format";
import { to } from "../../shell/nav";
import { Ago, Card, Tip } from "../../ui/basics";
import { AlertIcon, LevelChip } from "./marks";
import { MuteRule } from "./MuteRule";
import { CHANNELS, lasted, ruleWords, valueWords } from "./signals";

/** One alert: how bad it is, since when, by which rule, and who takes care of it. */
export function AlertDetail({ alert, busy, onAcknowledge }: { alert: Alert; busy: boolean; onAcknowledge: (() => void) | undefined }): ReactElement {
  const rule = useRules().data?.find((one) => one.rule_id === alert.rule_id);
  return (
    <Card label={alert.name}>
      <div className="cf-row" style={{ padding: "14px 16px", alignItems: "flex-start" }}>
        <span style={{ marginTop: 3 }}><AlertIcon alert={alert} /></span>
        <div className="cf-grow">
          <h2 style={{ fontSize: 16, lineHeight: "24px", fontWeight: 600, margin: 0 }}>{alert.name}</h2>
          <p className="cf-2">{alert.state === "resolved" ? `${alert.about} is back at ${alert.shown}.` : `${alert.about} is at ${alert.shown}. The limit is ${valueWords(alert.signal, alert.threshold)}.`}</p>
        </div>
        <LevelChip level={alert.level} />
      </div>
      <dl className="cf-facts" style={{ gridTemplateColumns: "repeat(3, minmax(0, 1fr))", border: 0, borderTop: "1px solid var(--cf-line)", borderBottom: "1px solid var(--cf-line)", borderRadius: 0 }}>
        <div><dt>{alert.state === "resolved" ? "At the end" : "Now"}</dt><dd className="cf-strong cf-num">{alert.shown}</dd></div>
        <div><dt>Peak</dt><dd className="cf-strong cf-num">{valueWords(alert.signal, alert.peak)}</dd></div>
        <div><dt>{alert.state === "resolved" ? "Duration" : "Firing since"}</dt><dd className="cf-strong cf-num">{alert.state === "resolved" ? lasted(alert).replace("lasted ", "") : exactMinute(alert.fired_at ?? alert.began_at)}</dd></div>
      </dl>
      <dl className="cf-pairs" style={{ padding: 16 }}>
        <dt>Rule</dt>
        <dd>{rule ? ruleWords(rule) : "It was removed since"}</dd>
        <dt>Told by</dt>
        <dd>{rule ? [...rule.channels.map((channel) => CHANNELS[channel]), "Kafka"].join(", ") : "–"}</dd>
        <dt>Began</dt>
        <dd><Ago time={alert.began_at} /></dd>
        {alert.acknowledged_by && (
          <>
            <dt>Taken care of by</dt>
            <dd>{alert.acknowledged_by}</dd>
          </>
        )}
        {alert.escalated_at && (
          <>
            <dt>Passed on</dt>
            <dd><Ago time={alert.escalated_at} />{rule?.escalate_to.length ? `, to ${rule.escalate_to.join(", ")}` : ""}</dd>
          </>
        )}
        {alert.resolved_at && (
          <>
            <dt>Over</dt>
            <dd><Ago time={alert.resolved_at} /></dd>
          </>
        )}
      </dl>
      {onAcknowledge && (
        <div className="cf-formfoot">
          {alert.state === "firing" && <Tip word="acknowledge"><Button variant="contained" color="primary" loading={busy} onClick={onAcknowledge}>Acknowledge</Button></Tip>}
          {rule && alert.state !== "resolved" && <MuteRule rule={rule} />}
          <span className="cf-grow" />
          {rule && <Button component={Link} to={to(`alerts/rules/${encodeURIComponent(rule.rule_id)}`)} variant="text">Edit rule</Button>}
        </div>
      )}
    </Card>
  );
}
