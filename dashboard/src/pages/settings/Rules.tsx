import Button from "@mui/material/Button";
import type { ReactElement } from "react";
import { Link, useNavigate, useParams } from "react-router-dom";
import { usePolicies, type Policy } from "../../api/policies";
import { useMe } from "../../api/me";
import { to } from "../../shell/nav";
import { Answered } from "../../ui/Answered";
import { Card, tierName } from "../../ui/basics";
import { Icon } from "../../ui/icons";
import { Empty } from "../../ui/states";
import { useStaying } from "../../ui/useStaying";
import { PolicyEditor } from "./PolicyEditor";

const AT = "settings/rules";
const NEW = "new";

/** What the platform may move by itself. */
export default function Rules(): ReactElement {
  const policies = usePolicies();
  const me = useMe();
  const navigate = useNavigate();
  const { "*": rest = "" } = useParams();
  const canWrite = Boolean(me.data?.can_write);
  const add = (): void => void navigate(to(`${AT}/${NEW}`));
  const unchosen = useStaying(policies.data ?? [], (one) => one.policy_id);
  const shown = rest ? policies.data?.find((one) => one.policy_id === rest) : unchosen;
  return (
    <div className="cf-master" data-chosen={rest ? "" : undefined}>
      <Card title="Rules" className="cf-list-card" side={canWrite ? <Button variant="text" size="small" startIcon={<Icon name="plus" size={16} />} onClick={add} style={{ marginLeft: "auto" }}>Add</Button> : null}>
        <Answered query={policies} what="Rules" missing="Nothing moves by itself: apply recommendations by hand." rows={3} height={60}>
          {(found) => (found.length ? <List policies={found} openId={shown?.policy_id} /> : <Empty icon="tiers" title="Nothing moves by itself">A rule moves files that nobody reads, within limits of yours. Try it first: a dry run moves nothing.</Empty>)}
        </Answered>
      </Card>
      <div className="cf-stack cf-detail" style={{ gap: 16 }}>
        {rest && <Link className="cf-link cf-narrow cf-row" to={to(AT)} style={{ gap: 4 }}><Icon name="left" size={16} /> All rules</Link>}
        {rest === NEW ? <PolicyEditor key={NEW} policy={null} canWrite={canWrite} /> : shown ? <PolicyEditor key={shown.policy_id} policy={shown} canWrite={canWrite} /> : policies.data && rest ? <Card label="Rule"><Empty title="No such rule">It was removed, or belongs to somebody else.</Empty></Card> : null}
      </div>
    </div>
  );
}

function List({ policies, openId }: { policies: readonly Policy[]; openId: string | undefined }): ReactElement {
  return (
    <ul className="cf-list">
      {policies.map((one) => (
        <li key={one.policy_id} data-rowid={one.policy_id}>
          <Link to={to(`${AT}/${encodeURIComponent(one.policy_id)}`)} aria-current={one.policy_id === openId ? "true" : undefined}>
            <span className="cf-row">
              <span className="cf-grow cf-ellipsis" style={{ fontWeight: 500 }}>{one.name}</span>
              {!one.enabled && <span className="cf-chip">Off</span>}
            </span>
            <span className="cf-meta cf-2" style={{ display: "block" }}>
              {one.kind === "idle" ? `Unread for ${one.idle_days} days: ${tierName(one.destination_tier).toLowerCase()}` : `Recommended, pays back in ${one.pays_back_days} days`}
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
