/** A campaign as people type it, and as it is asked for. */
import type { CampaignWish, Tier } from "../api/types";

export interface CampaignForm {
  from: string;
  prefix: string;
  /** Which files; empty: of every tier. */
  tier: Tier | "";
  to: string;
  /** As what; empty: each file's own tier. */
  as: Tier | "";
  most: string;
  keepDays: string;
}

export const MOST_FILES = 1_000_000;
const MOST_DAYS = 365;

/** What the form begins with. */
export const EMPTY: CampaignForm = { from: "", prefix: "", tier: "", to: "", as: "", most: "100000", keepDays: "7" };

/** What is wrong with it, by field. */
export function flawsOfCampaign(form: CampaignForm): Partial<Record<keyof CampaignForm, string>> {
  const flaws: Partial<Record<keyof CampaignForm, string>> = {};
  if (!form.from) flaws.from = "Choose where the files lie";
  if (!form.to) flaws.to = "Choose where they go";
  else if (form.to === form.from) flaws.to = "Choose another location; to change a class where files lie, move them on Files";
  const most = Number(form.most);
  if (!form.most.trim() || !Number.isInteger(most) || most < 1 || most > MOST_FILES) flaws.most = "Type a whole number from 1 to 1,000,000";
  const days = Number(form.keepDays);
  if (!form.keepDays.trim() || !(days >= 0 && days <= MOST_DAYS)) flaws.keepDays = "Type days from 0 to 365";
  return flaws;
}

export function wishOf(form: CampaignForm): CampaignWish {
  return {
    filter: { location_id: form.from, prefix: form.prefix.trim(), include: [], exclude: [], tier: form.tier || null },
    location_id: form.to,
    tier: form.as || null,
    destination_prefix: "",
    quarantine_days: Number(form.keepDays),
    max_files: Number(form.most),
  };
}
