import { bytes, plural } from "../format/format";
import type { IconName } from "../ui/icons";
import { isFailure, placeOf, shortType, textIn, type LiveEvent } from "./reducer";

export interface Notice {
  title: string;
  note: string;
  icon: IconName;
  color: string;
  path: string;
}

/** Whether an event is worth a person's attention: something ended, failed, or changed its tier. */
export function isNotice(event: LiveEvent): boolean {
  const type = shortType(event.type);
  return isFailure(event) || type === "migration.batch_ended" || type === "file.reclassified" || type === "mail.sent" || type.startsWith("alert.");
}

export function noticeOf(event: LiveEvent): Notice {
  const { data } = event;
  const type = shortType(event.type);
  const number = (name: string): number => (typeof data[name] === "number" ? data[name] : 0);
  if (type === "migration.batch_ended") {
    const failed = number("failed");
    return {
      title: failed ? `${plural(failed, "move")} failed, ${number("done")} done` : `${plural(number("done"), "move")} done`,
      note: `${bytes(number("size_bytes"))} in ${Math.round(number("seconds"))} s`,
      icon: failed ? "alert" : "checkCircle",
      color: failed ? "var(--cf-error)" : "var(--cf-ok)",
      path: `migrations?batch=${encodeURIComponent(event.subject)}`,
    };
  }
  if (type === "file.reclassified") {
    return { title: `Now ${textIn(data, "after")}, was ${textIn(data, "before")}`, note: placeOf(event), icon: "info", color: "var(--cf-info)", path: `files/${encodeURIComponent(event.subject)}` };
  }
  if (type === "mail.sent") {
    return { title: "Mail sent", note: `${textIn(data, "title")} to ${textIn(data, "to")}`, icon: "info", color: "var(--cf-info)", path: "events?type=mail.sent" };
  }
  return { title: "A move failed", note: `${placeOf(event)}: ${textIn(data, "error") || "see its batch"}`, icon: "alert", color: "var(--cf-error)", path: "migrations?state=failed" };
}
