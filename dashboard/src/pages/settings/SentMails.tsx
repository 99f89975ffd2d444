import type { ReactElement } from "react";
import { useSentMails, type SentMail } from "../../api/mail";
import { plural } from "../../format/format";
import { Answered } from "../../ui/Answered";
import { Ago, Card } from "../../ui/basics";
import { Icon } from "../../ui/icons";
import { Empty } from "../../ui/states";

/** Which mails left, which wait, and which the mail server refused. */
export function SentMails(): ReactElement {
  const mails = useSentMails();
  return (
    <Card title="Last mails" sub="to you">
      <Answered query={mails} what="Last mails" rows={3}>
        {(found) =>
          found.length ? (
            <ul>
              {found.map((mail, place) => (
                <li key={`${mail.made_at}-${place}`} style={{ borderTop: "1px solid var(--cf-line)", padding: "9px 16px" }}>
                  <div className="cf-row cf-wrap" style={{ rowGap: 0 }}>
                    <span className="cf-grow cf-ellipsis" style={{ minWidth: 180 }}>{mail.title ?? "Not written yet"}</span>
                    <State mail={mail} />
                    <span className="cf-meta cf-2 cf-right" style={{ width: 88 }}><Ago time={mail.sent_at ?? mail.made_at} /></span>
                  </div>
                  {mail.state !== "sent" && mail.reason && <p className="cf-meta cf-2" style={{ overflowWrap: "anywhere" }}>{mail.reason}</p>}
                </li>
              ))}
            </ul>
          ) : (
            <Empty icon="inbox" title="No mail yet">The first one comes when something happens that you want to read about.</Empty>
          )
        }
      </Answered>
    </Card>
  );
}

function State({ mail }: { mail: SentMail }): ReactElement {
  if (mail.state === "sent") return <span className="cf-row cf-ok cf-meta" style={{ gap: 4 }}><Icon name="checkCircle" size={14} /> Sent</span>;
  if (mail.state === "refused") return <span className="cf-row cf-error cf-meta" style={{ gap: 4 }}><Icon name="alert" size={14} /> Refused</span>;
  return <span className="cf-row cf-2 cf-meta" style={{ gap: 4 }}><Icon name="history" size={14} /> Waits{mail.attempts ? `, ${plural(mail.attempts, "try", "tries")}` : ""}</span>;
}
