import type { ReactElement } from "react";
import { useCampaign } from "../../api/queries";
import type { Campaign } from "../../api/types";
import { bytesOf, count, plural } from "../../format/format";
import { Move, Progress } from "../../ui/basics";

/** A campaign among the moves that run: its files have no lines of their own. */
export function RunningCampaign({ campaign: { campaign_id, source_location, destination_location, planned, state } }: { campaign: Campaign }): ReactElement {
  const { data } = useCampaign(campaign_id, state);
  const ended = data ? data.moved.files + data.failed.files : 0;
  return (
    <li>
      <div className="cf-row"><span className="cf-grow" style={{ display: "flex" }}><Move from={source_location} to={destination_location} /></span></div>
      <Progress share={ended / Math.max(1, planned.files)} label={`Campaign from ${source_location} to ${destination_location}`} />
      <div className="cf-row cf-meta cf-2 cf-num" style={{ marginTop: 4 }}>
        <span>{bytesOf(data?.moved.size_bytes ?? 0, planned.size_bytes)}</span>
        <span className="cf-grow">{count(ended)} of {plural(planned.files, "file")}</span>
        <span>Campaign</span>
      </div>
    </li>
  );
}
