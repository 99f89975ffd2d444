import Button from "@mui/material/Button";
import { useState, type ReactElement } from "react";
import { KINDS, MAIL, PACES, saveMailWishes, useMailWishes, type Kind, type MailWishes, type Pace } from "../../api/mail";
import { useWrite } from "../../api/queries";
import { Answered } from "../../ui/Answered";
import { Card } from "../../ui/basics";
import { Range } from "../../ui/controls";
import { Refusal, SmallSelect } from "../../ui/form";
import { useToast } from "../../ui/toasts";
import { SentMails } from "./SentMails";

const TOLD: Record<Kind, [string, string]> = {
  migration: ["Moves", "A batch ended, or moves in it failed"],
  upload: ["Uploads", "Files arrived"],
  classes: ["Tiers", "Files became hot, warm or cold"],
  recommendation: ["Recommendations", "New moves that would save money"],
  alert: ["Alerts", "A rule fires, or what it watched is well again"],
  policy: ["Rules", "A rule moved files, or waits for your word"],
};

const PACE_NAME: Record<Pace, string> = { at_once: "At once", hourly: "Hourly", daily: "Daily", off: "Off" };
const PACE_CHOICES = PACES.map((value) => ({ value, label: PACE_NAME[value] }));
const HOURS = Array.from({ length: 24 }, (_, hour) => ({ value: String(hour), label: `${String(hour).padStart(2, "0")}:00 UTC` }));

/** What comes by mail, and how soon. The bell shows everything in any case. */
export default function Notifications(): ReactElement {
  const wishes = useMailWishes();
  return (
    <div className="cf-stack" style={{ gap: 16 }}>
      <Card title="Mail" sub={wishes.data ? `to ${wishes.data.address}; the bell shows everything in any case` : undefined}>
        <Answered query={wishes} what="Mail settings" missing="The bell works; what comes by mail cannot be chosen here yet." rows={6} height={60}>
          {(found) => <Paces key={JSON.stringify(found)} kept={found} />}
        </Answered>
      </Card>
      <SentMails />
    </div>
  );
}

function Paces({ kept }: { kept: MailWishes }): ReactElement {
  const [paces, setPaces] = useState(kept.paces);
  const [hour, setHour] = useState(kept.daily_hour);
  const toast = useToast();
  const save = useWrite(saveMailWishes, [MAIL], () => toast({ title: "Mail settings saved" }));
  const changed = KINDS.filter((kind) => paces[kind] !== kept.paces[kind]).length + (hour === kept.daily_hour ? 0 : 1);
  const keep = (): void => save.mutate({ paces, daily_hour: hour });
  const discard = (): void => {
    setPaces(kept.paces);
    setHour(kept.daily_hour);
  };
  return (
    <>
      <ul>
        {KINDS.map((kind) => (
          <li key={kind} className="cf-row cf-wrap" style={{ padding: "10px 16px", borderTop: "1px solid var(--cf-line)" }}>
            <div className="cf-grow" style={{ minWidth: 200 }}>
              <div style={{ fontWeight: 500 }}>{TOLD[kind][0]}</div>
              <div className="cf-meta cf-2">{TOLD[kind][1]}</div>
            </div>
            <Range label={`Mail about ${TOLD[kind][0].toLowerCase()}`} value={paces[kind]} choices={PACE_CHOICES} onChange={(pace) => setPaces({ ...paces, [kind]: pace })} />
          </li>
        ))}
        <li className="cf-row cf-wrap" style={{ padding: "10px 16px", borderTop: "1px solid var(--cf-line)" }}>
          <div className="cf-grow" style={{ minWidth: 200 }}>
            <div style={{ fontWeight: 500 }}>Daily mail</div>
            <div className="cf-meta cf-2">One mail with all that is set to daily, and none if nothing happened</div>
          </div>
          <SmallSelect label="When the daily mail comes" value={String(hour)} options={HOURS} width={136} onChange={(value) => setHour(Number(value))} />
        </li>
      </ul>
      {save.error && <div style={{ padding: 16 }}><Refusal error={save.error} /></div>}
      <div className="cf-formfoot">
        <Button variant="contained" color="primary" disabled={!changed} loading={save.isPending} onClick={keep}>Save</Button>
        <Button disabled={!changed || save.isPending} onClick={discard}>Discard</Button>
        {changed > 0 && <span className="cf-2" role="status">{changed} unsaved {changed === 1 ? "change" : "changes"}</span>}
      </div>
    </>
  );
}
