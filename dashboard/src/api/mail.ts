/** What a person gets by mail, and how soon. */
import { useQuery } from "@tanstack/react-query";
import { call } from "./client";

export const KINDS = ["alert", "migration", "policy", "recommendation", "classes", "upload"] as const;
export type Kind = (typeof KINDS)[number];

export const PACES = ["at_once", "hourly", "daily", "off"] as const;
export type Pace = (typeof PACES)[number];

export interface MailWishes {
  /** Where the mails go; an administrator sets it. */
  address: string;
  paces: Record<Kind, Pace>;
  /** When the daily mail comes, in UTC. */
  daily_hour: number;
}

export const MAIL = ["mail"] as const;

export function useMailWishes() {
  return useQuery({ queryKey: MAIL, queryFn: ({ signal }) => call<MailWishes>("me/notification-settings", { signal }) });
}

export function saveMailWishes(wishes: Omit<MailWishes, "address">): Promise<unknown> {
  return call("me/notification-settings", { method: "PUT", body: wishes });
}

export interface SentMail {
  title: string | null;
  to: string | null;
  state: "queued" | "sent" | "refused";
  made_at: string;
  sent_at: string | null;
  attempts: number;
  /** Why the mail server did not take it. */
  reason: string | null;
}

export function useSentMails() {
  return useQuery({ queryKey: [...MAIL, "sent"], queryFn: ({ signal }) => call<{ mails: SentMail[] }>("me/mails", { query: { limit: 20 }, signal }).then((answer) => answer.mails), refetchInterval: 30_000 });
}
