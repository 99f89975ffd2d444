import type { ReactElement } from "react";
import type { Campaign, CampaignProgress } from "../api/types";
import { Progress } from "../ui/basics";

/** How many of its files have arrived, or will not. */
export function endedOf(progress: CampaignProgress | undefined): number {
  return progress ? progress.moved.files + progress.failed.files : 0;
}

/** How far a campaign is, of which *ended* files need nothing any more. */
export function CampaignBar({ campaign, ended }: { campaign: Campaign; ended: number }): ReactElement {
  return <Progress share={ended / Math.max(1, campaign.planned.files)} label={`Campaign from ${campaign.source_location} to ${campaign.destination_location}`} />;
}
