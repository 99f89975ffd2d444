import Button from "@mui/material/Button";
import { useState, type ReactElement } from "react";
import { Link, Route, Routes, useNavigate, useParams } from "react-router-dom";
import { acknowledge, ALERTS, useAlerts, useRules, type Alert } from "../api/alerts";
import { useMe } from "../api/me";
import { useWrite } from "../api/queries";
import { count } from "../format/format";
import { isShortcut, useKeys } from "../shell/keys";
import { to } from "../shell/nav";
import { Answered } from "../ui/Answered";
import { Ago, Card, Kbd } from "../ui/basics";
import { Range, SearchField } from "../ui/controls";
import { Icon } from "../ui/icons";
import { PageStyle } from "../ui/PageStyle";
import { Empty } from "../ui/states";
import { useToast } from "../ui/toasts";
import { useStaying } from "../ui/useStaying";
import { PageHead } from "./PageHead";
import { AlertDetail } from "./alerts/AlertDetail";
import { AlertIcon, LevelChip } from "./alerts/marks";
import { AlertRules } from "./alerts/AlertRules";
import { lasted, sorted } from "./alerts/signals";

/** What fires, what somebody takes care of, what is over; and the rules behind it. */
export default function Alerts(): ReactElement {
  const { "*": rest = "" } = useParams();
  const isRules = rest === "rules" || rest.startsWith("rules/");
  const alerts = useAlerts();
  const rules = useRules();
  const navigate = useNavigate();
  const found = alerts.data ? sorted(alerts.data) : null;
  return (
    <>
      <PageStyle />
      <PageHead title="Alerts" total={found ? `${count(found.firing.length)} firing, ${count(found.acknowledged.length)} acknowledged` : null}>
        <Range
          label="Show"
          value={isRules ? "rules" : "alerts"}
          choices={[{ value: "alerts", label: "Alerts" }, { value: "rules", label: rules.data ? `Rules ${count(rules.data.length)}` : "Rules" }]}
          onChange={(value) => void navigate(to(value === "rules" ? "alerts/rules" : "alerts"))}
        />
      </PageHead>
      <Routes>
        <Route path="rules/*" element={<AlertRules />} />
        <Route path=":id?" element={<Board alerts={alerts} />} />
      </Routes>
    </>
  );
}

function Board({ alerts }: { alerts: ReturnType<typeof useAlerts> }): ReactElement {
  const { id } = useParams();
  const [text, setText] = useState("");
  const me = useMe();
  const toast = useToast();
  const take = useWrite(acknowledge, [ALERTS]);
  const found = sorted((alerts.data ?? []).filter((alert) => !text || `${alert.name} ${alert.about}`.toLowerCase().includes(text.toLowerCase())));
  const unchosen = useStaying([...found.firing, ...found.acknowledged, ...found.resolved], (alert) => alert.alert_id);
  const open = id ? alerts.data?.find((alert) => alert.alert_id === id) : unchosen;
  const acknowledgeOne = (alert: Alert): void =>
    take.mutate(alert.alert_id, {
      onSuccess: () => toast({ title: `You take care of "${alert.name}"`, note: "It is passed on to nobody else." }),
      onError: (error) => toast({ kind: "error", title: "Not acknowledged", note: error.message }),
    });
  useKeys((event) => {
    // A key that is held would go on to the next alert as soon as it is the open one.
    if (event.key.toLowerCase() === "e" && !event.shiftKey && !event.repeat && !take.isPending && isShortcut(event) && open?.state === "firing" && me.data?.can_write) acknowledgeOne(open);
  });
  return (
    <>
      <div className="cf-filters" role="search">
        <SearchField value={text} onChange={setText} placeholder="Rule, user or location" width={280} />
        <span className="cf-grow" />
        <span className="cf-meta cf-2 cf-mid"><Kbd>E</Kbd> acknowledges the open alert</span>
      </div>
      <div className="cf-masterwide" data-chosen={id ? "" : undefined}>
        <Card label="Alerts" className="cf-list-card">
          <Answered query={alerts} what="Alerts" missing="Nothing is watched by this version yet. What fails is told by the bell and under Events." rows={6} height={60}>
            {(all) => (all.some((alert) => alert.state !== "pending") ? <Groups found={found} openId={open?.alert_id} filtered={Boolean(text)} /> : <Quiet />)}
          </Answered>
        </Card>
        <div className="cf-stack cf-detail" style={{ gap: 16 }}>
          {id && <Link className="cf-link cf-narrow cf-row" to={to("alerts")} style={{ gap: 4 }}><Icon name="left" size={16} /> All alerts</Link>}
          {id && alerts.data && !open && <Gone />}
          {open && <AlertDetail key={open.alert_id} alert={open} busy={take.isPending} onAcknowledge={me.data?.can_write ? () => acknowledgeOne(open) : undefined} />}
        </div>
      </div>
    </>
  );
}

function Gone(): ReactElement {
  const navigate = useNavigate();
  return (
    <Card label="Alert">
      <Empty title="No such alert" actions={<Button onClick={() => void navigate(to("alerts"))}>Show all alerts</Button>}>It was over long ago, or belongs to somebody else.</Empty>
    </Card>
  );
}

function Quiet(): ReactElement {
  return (
    <Empty icon="checkCircle" title="Nothing fires, and nothing did" actions={<Link className="cf-link" to={to("alerts/rules")}>See what is watched</Link>}>
      When a rule is broken it stands here until it is over, and the bell and a mail tell you.
    </Empty>
  );
}

function Groups({ found, openId, filtered }: { found: ReturnType<typeof sorted>; openId: string | undefined; filtered: boolean }): ReactElement {
  const groups = [
    { name: "Firing", rows: found.firing },
    { name: "Acknowledged", rows: found.acknowledged },
    { name: "Resolved", rows: found.resolved },
  ].filter((group) => group.rows.length > 0);
  if (!groups.length) return <Empty title="No alerts match">{filtered ? "No rule, user or location has that in its name." : "Nothing to show."}</Empty>;
  return (
    <>
      {groups.map((group) => (
        <section key={group.name} aria-label={group.name}>
          <div className="cf-subhead"><b>{group.name}</b> {count(group.rows.length)}</div>
          <ul className="cf-list">
            {group.rows.map((alert) => (
              <li key={alert.alert_id} data-rowid={alert.alert_id}>
                <Link to={to(`alerts/${encodeURIComponent(alert.alert_id)}`)} aria-current={alert.alert_id === openId ? "true" : undefined}>
                  <span className="cf-row" style={{ alignItems: "flex-start", gap: 12 }}>
                    <AlertIcon alert={alert} />
                    <span className="cf-grow">
                      <span className="cf-row cf-wrap" style={{ rowGap: 0 }}>
                        <span style={{ fontWeight: 500 }}>{alert.name}</span>
                        {alert.state !== "resolved" && <LevelChip level={alert.level} />}
                      </span>
                      <span className="cf-meta cf-2" style={{ display: "block" }}>{alert.about}, {alert.state === "resolved" ? `back at ${alert.shown}` : alert.shown}</span>
                    </span>
                    <span className="cf-meta cf-2 cf-nowrap">{alert.state === "resolved" ? lasted(alert) : <Ago time={alert.fired_at ?? alert.began_at} />}</span>
                  </span>
                </Link>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}
