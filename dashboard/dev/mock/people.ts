import type { Answers } from "./more";
import { minutesAgo as ago } from "./more";

const person = (user: string, files: number, gigabytes: number, minutes: number | null, limits: object = {}): { user: string; sessions: number; limits: object } & Record<string, unknown> => ({
  user,
  full_name: user === "admin" ? "The administrator" : user.replace("team-", "Team "),
  email: `${user}@example.com`,
  roles: [user === "admin" ? "Admin" : "CloudFlowUser"],
  is_admin: user === "admin",
  has_account: user !== "team-gone",
  is_active: user !== "team-gone",
  files,
  size_bytes: gigabytes * 2 ** 30,
  seen_at: minutes === null ? null : ago(minutes),
  sessions: minutes === null ? 0 : 2,
  limits: { upload_bytes: null, storage_bytes: null, uploads_per_minute: null, writes_per_minute: null, ...limits },
});
const PEOPLE = [person("admin", 12, 1.5, 1), person("team-docs", 4218, 182, 4, { storage_bytes: 500 * 2 ** 30 }), person("team-gone", 310, 12, null), person("team-media", 96_400, 36_700, 2900, { upload_bytes: 5 * 2 ** 30, uploads_per_minute: 60 })];

export const people: Answers = {
  "GET users": () => ({ users: PEOPLE, usual: { upload_bytes: 64 * 2 ** 30, uploads: "600/minute", writes: "600/minute" } }),
  "GET users/{id}": ({ parts }) => PEOPLE.find((one) => one.user === parts[0]) ?? null,
  "PUT users/{id}/limits": ({ parts, body }) => {
    const found = PEOPLE.find((one) => one.user === parts[0]);
    if (found) Object.assign(found.limits, body);
    return found ?? null;
  },
  "POST users/{id}/sign-out": ({ parts }) => {
    const found = PEOPLE.find((one) => one.user === parts[0]);
    if (!found) return null;
    const { sessions } = found;
    found.sessions = 0;
    return { user: found.user, sessions };
  },
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
