/** One person's limits as an administrator types them: an empty field follows the settings. */
import type { UserLimits, UsualLimits } from "../../api/users";
import { bytes, GB, gigabytes } from "../../format/format";

export interface LimitsForm {
  upload: string;
  storage: string;
  uploads: string;
  writes: string;
}

const MOST_A_MINUTE = 1_000_000;
const MOST_GB = 2 ** 30;

/** What the form begins with. */
export function formOf(limits: UserLimits): LimitsForm {
  const size = (value: number | null): string => (value == null ? "" : gigabytes(value));
  const times = (value: number | null): string => (value == null ? "" : String(value));
  return { upload: size(limits.upload_bytes), storage: size(limits.storage_bytes), uploads: times(limits.uploads_per_minute), writes: times(limits.writes_per_minute) };
}

/** What is wrong with it, by field. */
export function flawsOfLimits(form: LimitsForm): Partial<Record<keyof LimitsForm, string>> {
  const flaws: Partial<Record<keyof LimitsForm, string>> = {};
  for (const name of ["upload", "storage"] as const) {
    const size = Number(form[name]);
    if (form[name].trim() && !(size >= 0 && size <= MOST_GB)) flaws[name] = "Type a number of GB, such as 5 or 0.5";
  }
  for (const name of ["uploads", "writes"] as const) {
    const times = Number(form[name]);
    if (form[name].trim() && !(Number.isInteger(times) && times >= 1 && times <= MOST_A_MINUTE)) flaws[name] = "Type a whole number from 1 on; to keep somebody out, take away their role";
  }
  return flaws;
}

export function limitsOf(form: LimitsForm): UserLimits {
  const size = (text: string): number | null => (text.trim() ? Math.round(Number(text) * GB) : null);
  const times = (text: string): number | null => (text.trim() ? Number(text) : null);
  return { upload_bytes: size(form.upload), storage_bytes: size(form.storage), uploads_per_minute: times(form.uploads), writes_per_minute: times(form.writes) };
}

/** "600/minute;5000/hour" as people say it. */
export function rateWords(text: string): string {
  const words = text.split(";").filter(Boolean).map((one) => one.trim().replace(/^(\d+)\/(\w+)$/, (_, times: string, unit: string) => `${Number(times).toLocaleString("en-US")} ${unit === "hour" ? "an" : "a"} ${unit}`));
  return words.join(" and ") || "any number";
}

/** What is other than usual for this person; empty: nothing. */
export function limitWords(limits: UserLimits): string[] {
  const words: string[] = [];
  if (limits.storage_bytes != null) words.push(`${bytes(limits.storage_bytes)} in all`);
  if (limits.upload_bytes != null) words.push(`files up to ${bytes(limits.upload_bytes)}`);
  if (limits.uploads_per_minute != null) words.push(`${limits.uploads_per_minute.toLocaleString("en-US")} uploads a minute`);
  if (limits.writes_per_minute != null) words.push(`${limits.writes_per_minute.toLocaleString("en-US")} changes a minute`);
  return words;
}

export function usualHints(usual: UsualLimits): LimitsForm {
  return {
    upload: `Empty: ${bytes(usual.upload_bytes)}, as everybody.`,
    storage: "Empty: no limit, as everybody.",
    uploads: `Empty: ${rateWords(usual.uploads)}, as everybody.`,
    writes: `Empty: ${rateWords(usual.writes)}, as everybody.`,
  };
}
