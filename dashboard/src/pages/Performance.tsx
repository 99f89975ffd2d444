import { useState, type ReactElement } from "react";
import { usePerformance, usePerformanceByUser, type Group, type Performance as Answer } from "../api/performance";
import { useMe } from "../api/me";
import { exactMinute } from "../format/format";
import { Answered, stateOf } from "../ui/Answered";
import { Card } from "../ui/basics";
import { Range } from "../ui/controls";
import { SmallSelect } from "../ui/form";
import { PageStyle } from "../ui/PageStyle";
import { Empty } from "../ui/states";
import { useUrl } from "../ui/useUrl";
import { PageHead } from "./PageHead";
import { LatencyCard, ThroughputCard } from "./performance/charts";
import { Gauges, GroupTable, OperationTable } from "./performance/tables";
import { inOrder, KIND_NAMES, kindsIn, operationName, WHOLE_MOVE, type Kind } from "./performance/operations";
import { PerformanceStrip } from "./performance/PerformanceStrip";

const WINDOWS = [
  { value: "1h", label: "1 h" },
  { value: "6h", label: "6 h" },
  { value: "24h", label: "24 h" },
  { value: "7d", label: "7 d" },
  { value: "30d", label: "30 d" },
] as const;
type Window = (typeof WINDOWS)[number]["value"];

/** How long things take, how much moves, and how much of it goes well. */
export default function Performance(): ReactElement {
  const [text, setWindow] = useUrl("window");
  const [op, setOp] = useUrl("op");
  const chosen: Window = WINDOWS.find((one) => one.value === text)?.value ?? "24h";
  const operation = op ?? WHOLE_MOVE;
  const performance = usePerformance(chosen, operation);
  const found = performance.data;
  const options = found ? kindsIn(found.operations).flatMap((kind) => inOrder(found.operations, kind).map((one) => ({ value: one.operation, label: kind === "moves" ? operationName(one.operation) : `${KIND_NAMES[kind]}: ${operationName(one.operation)}` }))) : [];
  if (!options.some((one) => one.value === operation)) options.unshift({ value: operation, label: operationName(operation) });
  return (
    <>
      <PageStyle />
      <PageHead title="Performance" total={found ? <>Measured since {exactMinute(found.since)}</> : null}>
        <SmallSelect label="Operation" value={operation} options={options} width={220} onChange={(value) => setOp(value === WHOLE_MOVE ? null : value)} />
        <Range label="Time" value={chosen} choices={WINDOWS} onChange={(value) => setWindow(value === "24h" ? null : value)} />
      </PageHead>
      {stateOf(performance) === "there" || stateOf(performance) === "loading" ? (
        <Figures performance={performance} window={chosen} operation={operation} onOperation={(value) => setOp(value === WHOLE_MOVE ? null : value)} />
      ) : (
        <Card label="Performance"><Answered query={performance} what="Performance" missing="Times and throughput of moves are not counted by this version yet; each move shows its speed under Migrations.">{() => null}</Answered></Card>
      )}
    </>
  );
}

function Figures({ performance, window, operation, onOperation }: { performance: ReturnType<typeof usePerformance>; window: Window; operation: string; onOperation: (operation: string) => void }): ReactElement {
  const found = performance.data;
  const figures = found?.operations.find((one) => one.operation === operation);
  return (
    <>
      <PerformanceStrip answer={found} figures={figures} operation={operation} />
      <div className="cf-cols">
        {/* Times of another operation would stand below the wrong name. */}
        <LatencyCard answer={performance.isPlaceholderData ? undefined : found} operation={operation} />
        <ThroughputCard answer={found} />
      </div>
      <Operations performance={performance} operation={operation} onOperation={onOperation} />
      <Groups answer={found} window={window} />
      {found && Object.keys(found.gauges).length > 0 && <Gauges gauges={found.gauges} />}
    </>
  );
}

function Operations({ performance, operation, onOperation }: { performance: ReturnType<typeof usePerformance>; operation: string; onOperation: (operation: string) => void }): ReactElement {
  const found = performance.data;
  const kinds = found ? kindsIn(found.operations) : [];
  const [wanted, setWanted] = useState<Kind | null>(null);
  const kind = wanted && kinds.includes(wanted) ? wanted : (kinds[0] ?? "moves");
  return (
    <Card title="By operation" sub="choose a row to draw it" side={kinds.length > 1 ? <span style={{ marginLeft: "auto" }}><Range label="Kind of operation" value={kind} choices={kinds.map((value) => ({ value, label: KIND_NAMES[value] }))} onChange={setWanted} /></span> : null}>
      <Answered query={performance} what="Operations" rows={6}>
        {(answer) =>
          answer.operations.length ? (
            <OperationTable rows={inOrder(answer.operations, kind)} operation={operation} onOperation={onOperation} />
          ) : (
            <Empty icon="history" title="Nothing measured in this time">Choose a longer time, or move something: each step is measured.</Empty>
          )
        }
      </Answered>
    </Card>
  );
}

function Groups({ answer, window }: { answer: Answer | undefined; window: Window }): ReactElement | null {
  const me = useMe();
  const users = usePerformanceByUser(window, Boolean(me.data?.is_admin));
  const cards: { title: string; rows: readonly Group[] }[] = [
    { title: "By route", rows: answer?.by_route ?? [] },
    { title: "By size", rows: answer?.by_size ?? [] },
    { title: "By user", rows: users.data ?? [] },
  ].filter((card) => card.rows.length > 0);
  if (!cards.length) return null;
  return (
    <div className={cards.length > 1 ? "cf-halves" : undefined}>
      {cards.map((card) => (
        <Card key={card.title} title={card.title} sub="moves">
          <GroupTable label={card.title} rows={card.rows} />
        </Card>
      ))}
    </div>
  );
}
