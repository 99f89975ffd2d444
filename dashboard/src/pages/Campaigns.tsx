import Button from "@mui/material/Button";
import { useState, type ReactElement } from "react";
import { actOnCampaign, type CampaignAction } from "../api/actions";
import { KEYS, useAwaitedCampaign, useCampaign, useCampaigns, useWrite } from "../api/queries";
import type { Campaign, CampaignProgress, CampaignRun } from "../api/types";
import { bytes, count, plural } from "../format/format";
import { sentence } from "../format/words";
import { Ago, Card, Move, RunLink, Tip } from "../ui/basics";
import { Confirm } from "../ui/Confirm";
import { useToast } from "../ui/toasts";
import { CampaignBar, endedOf } from "./CampaignBar";
import { isGoing, isOfToday } from "./migrationMath";

const MOST_SHOWN = 5;
const MOST_PROBLEMS = 3;
const STATES: Record<Campaign["state"], string> = { running: "Running", paused: "Paused", done: "Done", cancelled: "Cancelled" };
const LABELS: Record<CampaignAction, string> = { pause: "Pause", resume: "Resume", cancel: "End" };
const TOLD: Record<CampaignAction, string> = { pause: "Campaign pauses after the files in flight", resume: "Campaign carries on", cancel: "Campaign ended" };

/** Those that are under way or paused, and what a day brought; *started* is one whose files are being listed. */
export function Campaigns({ started }: { started?: CampaignRun | null }): ReactElement | null {
  const { data } = useCampaigns();
  const shown = (data ?? []).filter(isOfToday);
  const awaited = started && !data?.some((one) => one.campaign_id === started.campaign_id) ? started : null;
  if (!shown.length && !awaited) return null;
  return (
    <Card title="Campaigns" word="campaign" sub="newest first">
      <ul className="cf-cardbody cf-stack" style={{ gap: 16 }}>
        {awaited && <Awaited run={awaited} />}
        {shown.slice(0, MOST_SHOWN).map((one) => <CampaignLine key={one.campaign_id} campaign={one} />)}
      </ul>
    </Card>
  );
}

/** Its first task lists the files; until then there is nothing to show but that. */
function Awaited({ run }: { run: CampaignRun }): ReactElement {
  const { error } = useAwaitedCampaign(run.campaign_id);
  return (
    <li className="cf-row cf-wrap" style={{ gap: 16 }}>
      {error ? (
        <span className="cf-error cf-grow" role="alert" style={{ overflowWrap: "anywhere" }}>{sentence(error.message)}</span>
      ) : (
        <span className="cf-2 cf-grow" role="status">A new campaign lists its files</span>
      )}
      <RunLink url={run.run_url} />
    </li>
  );
}

function CampaignLine({ campaign }: { campaign: Campaign }): ReactElement {
  const { data } = useCampaign(campaign.campaign_id, campaign.state);
  return (
    <li className="cf-stack" style={{ gap: 6 }}>
      <div className="cf-row cf-wrap" style={{ gap: 16 }}>
        <span style={{ width: 240 }}><Move from={campaign.source_location} to={campaign.destination_location} /></span>
        <span className="cf-grow" style={{ minWidth: 120 }}>
          <CampaignBar campaign={campaign} ended={endedOf(data)} />
        </span>
        <span className={campaign.state === "done" ? "cf-ok" : "cf-2"} style={{ width: 72 }}>{STATES[campaign.state]}</span>
        <span className="cf-2 cf-meta cf-right cf-mid" style={{ width: 90 }}><Ago time={campaign.opened_at} /></span>
        <RunLink url={campaign.run_url} />
        <Steering campaign={campaign} />
      </div>
      <p className="cf-2 cf-meta cf-num">{data ? countedWords(data) : `${plural(campaign.planned.files, "file")}, ${bytes(campaign.planned.size_bytes)}`}</p>
      {data && <Problems campaign={data} />}
    </li>
  );
}

function countedWords({ planned, moved, failed, left_out }: CampaignProgress): string {
  return [
    `${count(moved.files)} of ${plural(planned.files, "file")} moved`,
    `${bytes(moved.size_bytes)} of ${bytes(planned.size_bytes)}`,
    ...(failed.files ? [`${count(failed.files)} not moved`] : []),
    ...(left_out.files ? [`${count(left_out.files)} left out by the limits`] : []),
  ].join(", ");
}

function Problems({ campaign: { problems, failed } }: { campaign: CampaignProgress }): ReactElement | null {
  if (!problems.length) return null;
  const shown = problems.slice(0, MOST_PROBLEMS);
  const more = failed.files - shown.length;
  return (
    <ul className="cf-error cf-meta" style={{ overflowWrap: "anywhere" }}>
      {shown.map((problem) => <li key={problem}>{problem}</li>)}
      {more > 0 && <li>{count(more)} more: see the logs</li>}
    </ul>
  );
}

function Steering({ campaign }: { campaign: Campaign }): ReactElement | null {
  const toast = useToast();
  const [asking, setAsking] = useState(false);
  const write = useWrite(
    actOnCampaign,
    [KEYS.campaigns],
    (_, done) => {
      setAsking(false);
      toast({ title: TOLD[done.action], note: `${campaign.source_location} to ${campaign.destination_location}`, kind: "info" });
    },
    // The question tells of its own failure.
    (error, { action }) => action !== "cancel" && toast({ title: `${LABELS[action]} did not work`, note: error.message, kind: "error" }),
  );
  if (!isGoing(campaign)) return null;
  const act = (action: CampaignAction): void => write.mutate({ campaignId: campaign.campaign_id, action });
  const turn = campaign.state === "paused" ? "resume" : "pause";
  const ask = (): void => {
    write.reset();
    setAsking(true);
  };
  return (
    <>
      <span className="cf-row" style={{ gap: 4 }}>
        <Tip word={turn === "pause" ? "pauseCampaign" : "resumeCampaign"}>
          <Button variant="text" size="small" onClick={() => act(turn)} loading={write.isPending && !asking}>{LABELS[turn]}</Button>
        </Tip>
        <Tip word="cancelCampaign">
          <Button variant="text" size="small" color="inherit" sx={{ color: "var(--cf-text2)" }} onClick={ask}>{LABELS.cancel}…</Button>
        </Tip>
      </span>
      <Confirm open={asking} title="End this campaign for good?" error={write.error} onClose={() => setAsking(false)} actions={<Button variant="contained" color="primary" onClick={() => act("cancel")} loading={write.isPending}>End campaign</Button>}>
        <p>It ends after the files in flight. What arrived in {campaign.destination_location} stays there; all others stay in {campaign.source_location}.</p>
        <p>To carry on later, pause it instead.</p>
      </Confirm>
    </>
  );
}
