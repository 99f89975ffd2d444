/** What a person gets by mail, and how soon. */
import { useQuery } from "@tanstack/react-query";
import { call } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];

/** The API names every kind. */
export type MailWishes = Omit<Schemas["MailSettings"], "paces"> & { paces: Record<Kind, Pace> };
export type SentMail = Schemas["SentMail"];

export const KINDS = ["alert", "migration", "policy", "recommendation", "classes", "upload"] as const;
export type Kind = (typeof KINDS)[number];

export const PACES = ["at_once", "hourly", "daily", "off"] as const;
export type Pace = (typeof PACES)[number];

export const MAIL = ["mail"] as const;

export function useMailWishes() {
  return useQuery({ queryKey: MAIL, queryFn: ({ signal }) => call<MailWishes>("me/notification-settings", { signal }) });
}

export function saveMailWishes(wishes: Omit<MailWishes, "address">): Promise<unknown> {
  return call("me/notification-settings", { method: "PUT", body: wishes });
}

export function useSentMails() {
  return useQuery({ queryKey: [...MAIL, "sent"], queryFn: ({ signal }) => call<{ mails: SentMail[] }>("me/mails", { query: { limit: 20 }, signal }).then((answer) => answer.mails), refetchInterval: 30_000 });
}
