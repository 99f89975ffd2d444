/** The shapes the API answers with, by the names the pages use. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Tier = Schemas["Tier"];
export type Provider = Schemas["Provider"];
export type Me = Schemas["Me"];
export type Preferences = Schemas["Preferences"];
export type FileRow = Schemas["File"];
export type DayOfReads = Schemas["ReadDay"];
export type Total = Schemas["Total"];
export type Totals = Schemas["Totals"];
export type Credential = Schemas["CredentialOut"];
export type Location = Schemas["LocationOut"];
export type Costs = Schemas["Costs"];
export type GroupCost = Schemas["GroupCost"];
export type ClassPrice = Schemas["ClassPriceOut"];
export type Notification = Schemas["Notification"];

export type MigrationState = Schemas["MigrationState"];
/** Not every state was reached. */
export type Migration = Omit<Schemas["Migration"], "timestamps"> & { timestamps: Partial<Record<MigrationState, string>> };
export type Starting = Schemas["Starting"];
export type Campaign = Schemas["Campaign"];
export type CampaignProgress = Schemas["CampaignProgress"];
export type CampaignRun = Schemas["CampaignRun"];
export type CampaignWish = Schemas["CampaignBody"];
export type SkipReason = Schemas["SkipReason"];

export type Recommendation = Schemas["Recommendation"];
export type PrefixMove = Schemas["PrefixRecommendation"];
export type Explained = Schemas["Explained"];
export type Savings = Schemas["Sums"];
