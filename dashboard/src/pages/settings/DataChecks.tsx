import type { ReactElement } from "react";
import { pageOf, useDataChecks, type DataCheck } from "../../api/dataChecks";
import { Answered } from "../../ui/Answered";
import { Ago, Card } from "../../ui/basics";
import { Icon } from "../../ui/icons";
import { Empty } from "../../ui/states";

const SUITES: Record<string, string> = { access: "Access logs of a day", training: "What a training learns from" };

/** Whether the data were sound that models learn from, and where Great Expectations tells more. */
export function DataChecks(): ReactElement {
  const checks = useDataChecks();
  return (
    <Card title="Checks of data" sub="Nothing is learnt from data that do not pass">
      <Answered query={checks} what="Checks of data" missing="This server does not show its checks." rows={2} height={52}>
        {(found) => (found.length ? <ul className="cf-list">{found.map((check) => <Row key={check.suite} check={check} />)}</ul> : <Empty icon="checkCircle" title="Nothing was checked yet">The first training checks what it learns from.</Empty>)}
      </Answered>
    </Card>
  );
}

function Row({ check }: { check: DataCheck }): ReactElement {
  const name = SUITES[check.suite] ?? check.suite;
  return (
    <li className="cf-row" style={{ padding: "12px 16px", gap: 12 }}>
      <Icon name={check.passed ? "checkCircle" : "alert"} color={check.passed ? "var(--cf-ok)" : "var(--cf-error)"} />
      <span className="cf-grow">
        <span style={{ fontWeight: 500 }}>{name}</span>
        <span className="cf-meta cf-2" style={{ display: "block" }}>{check.passed ? "Passed" : "Did not pass"} <Ago time={check.checked_at} /></span>
      </span>
      <a className="cf-link cf-row" href={pageOf(check)} target="_blank" rel="noreferrer" aria-label={`Data Docs of ${name}`} style={{ gap: 4 }}>
        Data Docs <Icon name="external" size={14} />
      </a>
    </li>
  );
}
