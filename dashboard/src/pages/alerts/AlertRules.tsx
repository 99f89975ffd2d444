import Button from "@mui/material/Button";
import type { ReactElement } from "react";
import { Link, Route, Routes, useNavigate, useParams } from "react-router-dom";
import { useRules, type Rule } from "../../api/alerts";
import { useMe } from "../../api/me";
import { to } from "../../shell/nav";
import { Answered } from "../../ui/Answered";
import { Card } from "../../ui/basics";
import { Icon } from "../../ui/icons";
import { Empty } from "../../ui/states";
import { useNow } from "../../ui/useNow";
import { useStaying } from "../../ui/useStaying";
import { LevelChip } from "./marks";
import { RuleEditor } from "./RuleEditor";
import { ruleWords, silentUntil } from "./signals";

const AT = "alerts/rules";
const NEW = "new";

/** What is watched. */
export function AlertRules(): ReactElement {
  const rules = useRules();
  const navigate = useNavigate();
  const me = useMe();
  const { "*": rest = "" } = useParams();
  const canWrite = Boolean(me.data?.can_write);
  const add = (): void => void navigate(to(`${AT}/${NEW}`));
  const unchosen = useStaying(rules.data ?? [], (rule) => rule.rule_id);
  const shown = rest ? rules.data?.find((rule) => rule.rule_id === rest) : unchosen;
  return (
    <div className="cf-masterwide" data-chosen={rest ? "" : undefined}>
      <Card title="Rules" className="cf-list-card" side={canWrite ? <Button variant="text" size="small" startIcon={<Icon name="plus" size={16} />} onClick={add} style={{ marginLeft: "auto" }}>Add</Button> : null}>
        <Answered query={rules} what="Alert rules" missing="Nothing can be watched by this version yet." rows={5} height={60}>
          {(found) => (found.length ? <List rules={found} openId={rest === NEW ? undefined : shown?.rule_id} /> : <Empty icon="bell" title="Nothing is watched" actions={canWrite ? <Button variant="contained" color="primary" onClick={add}>Add a rule</Button> : null}>A rule tells you when costs, failures or delays pass a limit of yours.</Empty>)}
        </Answered>
      </Card>
      <div className="cf-stack cf-detail" style={{ gap: 16 }}>
        {rest && <Link className="cf-link cf-narrow cf-row" to={to(AT)} style={{ gap: 4 }}><Icon name="left" size={16} /> All rules</Link>}
        <Routes>
          <Route path={NEW} element={<RuleEditor key={NEW} rule={null} canWrite={canWrite} isAdmin={Boolean(me.data?.is_admin)} />} />
          <Route path=":rule?" element={shown ? <RuleEditor key={shown.rule_id} rule={shown} canWrite={canWrite} isAdmin={Boolean(me.data?.is_admin)} /> : rules.data && rest ? <Card label="Rule"><Empty title="No such rule" actions={<Button onClick={() => void navigate(to(AT))}>Show all rules</Button>}>It was removed, or belongs to somebody else.</Empty></Card> : null} />
        </Routes>
      </div>
    </div>
  );
}

function List({ rules, openId }: { rules: readonly Rule[]; openId: string | undefined }): ReactElement {
  const now = useNow();
  return (
    <ul className="cf-list">
      {rules.map((rule) => (
        <li key={rule.rule_id} data-rowid={rule.rule_id}>
          <Link to={to(`${AT}/${encodeURIComponent(rule.rule_id)}`)} aria-current={rule.rule_id === openId ? "true" : undefined}>
            <span className="cf-row">
              <span className="cf-grow cf-ellipsis" style={{ fontWeight: 500 }}>{rule.name}</span>
              {!rule.enabled ? <span className="cf-chip">Off</span> : silentUntil(rule, now) ? <span className="cf-chip">Muted</span> : <LevelChip level={rule.level} />}
            </span>
            <span className="cf-meta cf-2" style={{ display: "block" }}>{ruleWords(rule)}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
