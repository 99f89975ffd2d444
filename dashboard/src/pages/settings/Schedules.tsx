import Switch from "@mui/material/Switch";
import Tooltip from "@mui/material/Tooltip";
import type { ReactElement } from "react";
import { pauseDag, runLink, SCHEDULES, useSchedules, type Schedule } from "../../api/schedules";
import { useWrite } from "../../api/queries";
import { Answered } from "../../ui/Answered";
import { Ago, Card } from "../../ui/basics";
import { DataTable, type Column } from "../../ui/DataTable";
import { Icon } from "../../ui/icons";
import { Empty } from "../../ui/states";
import { useToast } from "../../ui/toasts";
import { everyWords } from "./cronWords";
import { DataChecks } from "./DataChecks";

/** When the platform's DAGs run by themselves, as Airflow has it. */
export default function Schedules(): ReactElement {
  const schedules = useSchedules();
  return (
    <div className="cf-stack" style={{ gap: 16 }}>
      <Card title="Schedules" sub="Airflow runs these; times are UTC">
        <Answered query={schedules} what="Schedules" missing="Airflow did not answer where its DAGs are listed." rows={6} height={52}>
          {(found) => (found.length ? <List schedules={found} /> : <Empty icon="history" title="No DAGs yet">Airflow has not read CloudFlow's DAGs. That takes up to a minute after a start.</Empty>)}
        </Answered>
      </Card>
      <DataChecks />
    </div>
  );
}

function List({ schedules }: { schedules: readonly Schedule[] }): ReactElement {
  const columns: Column<Schedule>[] = [
    { key: "name", head: "What", width: "minmax(0, 1fr)", cell: (row) => <Name schedule={row} /> },
    { key: "when", head: "When", width: "minmax(120px, 180px)", cell: (row) => <span className="cf-2">{everyWords(row.cron)}</span> },
    { key: "last", head: "Last run", width: "110px", wideOnly: true, cell: (row) => <span className="cf-2"><Ago time={row.last_run_at} never="Never" /></span> },
    { key: "next", head: "Next run", width: "110px", cell: (row) => (row.is_paused ? <span className="cf-warn">Paused</span> : <span className="cf-2"><Ago time={row.next_run_at} never="When asked" /></span>) },
    { key: "on", head: <span className="cf-hidden">Runs by itself</span>, width: "46px", cell: (row) => <Pause schedule={row} /> },
    { key: "open", head: <span className="cf-hidden">Airflow</span>, width: "64px", right: true, cell: (row) => <Open schedule={row} /> },
  ];
  return (
    <DataTable
      label="Schedules"
      rows={schedules}
      rowKey={(row) => row.dag_id}
      columns={columns}
      rowHeight={52}
      card={(row) => (
        <>
          <div className="cf-row">
            <span className="cf-grow"><Name schedule={row} /></span>
            <Pause schedule={row} />
          </div>
          <div className="cf-row cf-meta cf-2 cf-wrap" style={{ marginTop: 4 }}>
            <span>{everyWords(row.cron)}</span>
            <span>{row.is_paused ? "Paused" : <>Next <Ago time={row.next_run_at} never="when asked" /></>}</span>
            <span className="cf-grow" />
            <Open schedule={row} />
          </div>
        </>
      )}
    />
  );
}

function Name({ schedule }: { schedule: Schedule }): ReactElement {
  return (
    <div>
      <div style={{ fontWeight: 500 }}>{schedule.title}</div>
      <div className="cf-meta cf-2 cf-mono" style={{ fontSize: 11 }}>{schedule.dag_id}</div>
    </div>
  );
}

function Pause({ schedule }: { schedule: Schedule }): ReactElement {
  const toast = useToast();
  const write = useWrite(pauseDag, [SCHEDULES]);
  const on = !schedule.is_paused;
  return (
    <Tooltip title={on ? "Runs. Switch off to pause it" : "Paused. Switch on to let it run"}>
      <Switch
        size="small"
        checked={on}
        disabled={write.isPending}
        slotProps={{ input: { "aria-label": `${schedule.title}, ${on ? "runs" : "paused"}`, role: "switch" } }}
        onChange={() =>
          write.mutate(
            { dagId: schedule.dag_id, paused: on },
            {
              onSuccess: () => toast({ title: on ? `${schedule.title}: paused` : `${schedule.title}: runs again`, note: on ? "Runs that have begun go on." : undefined }),
              onError: (error) => toast({ kind: "error", title: `${schedule.title} was not changed`, note: error.message }),
            },
          )
        }
      />
    </Tooltip>
  );
}

function Open({ schedule }: { schedule: Schedule }): ReactElement {
  return (
    <a className="cf-link cf-row" href={runLink(schedule.dag_id)} aria-label={`Runs of ${schedule.title} in Airflow`} style={{ gap: 4, justifyContent: "flex-end" }}>
      Runs <Icon name="external" size={14} />
    </a>
  );
}
