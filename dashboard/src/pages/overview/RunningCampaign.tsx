import type { ReactElement } from "react";
import { useCampaign } from "../../api/queries";
import type { Campaign } from "../../api/types";
import { bytesOf, count, plural } from "../../format/format";
import { Move } from "../../ui/basics";
import { CampaignBar, endedOf } from "../CampaignBar";

/** A campaign among the moves that run: its files have no lines of their own. */
export function RunningCampaign({ campaign }: { campaign: Campaign }): ReactElement {
  const { planned } = campaign;
  const { data } = useCampaign(campaign.campaign_id, campaign.state);
  const ended = endedOf(data);
  return (
    <li>
      <div className="cf-row"><span className="cf-grow" style={{ display: "flex" }}><Move from={campaign.source_location} to={campaign.destination_location} /></span></div>
      <CampaignBar campaign={campaign} ended={ended} />
      <div className="cf-row cf-meta cf-2 cf-num" style={{ marginTop: 4 }}>
        <span>{bytesOf(data?.moved.size_bytes ?? 0, planned.size_bytes)}</span>
        <span className="cf-grow">{count(ended)} of {plural(planned.files, "file")}</span>
        <span>Campaign</span>
      </div>
    </li>
  );
}
