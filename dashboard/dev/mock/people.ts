import type { Answers } from "./more";
import { minutesAgo as ago } from "./more";

export const people: Answers = {
  "GET me/notification-settings": () => ({ address: "admin@example.com", paces: { migration: "at_once", upload: "off", classes: "daily", recommendation: "daily", alert: "at_once", policy: "at_once" }, daily_hour: 7 }),
  "PUT me/notification-settings": () => ({}),
  "GET me/mails": () => ({
    mails: [
      { title: "2 of 12 moves did not arrive", to: "admin@example.com", state: "sent", made_at: ago(12), sent_at: ago(11), attempts: 1, reason: null },
      { title: "Today on CloudFlow: 3 things", to: "admin@example.com", state: "queued", made_at: ago(40), sent_at: null, attempts: 3, reason: "451 try again later" },
      { title: "Kafka lag over 1,000", to: "admin@example.com", state: "refused", made_at: ago(2900), sent_at: null, attempts: 1, reason: "550 no such mailbox" },
    ],
  }),
};
