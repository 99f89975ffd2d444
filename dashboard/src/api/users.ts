/** The people: for administrators. */
import { useQuery } from "@tanstack/react-query";
import { call } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type User = Schemas["UserOut"];
export type Users = Schemas["UserList"];
export type UserLimits = Schemas["UserLimits"];
export type UsualLimits = Schemas["UsualLimits"];

export const USERS = ["users"] as const;
const id = encodeURIComponent;

export function useUsers() {
  return useQuery({ queryKey: USERS, queryFn: ({ signal }) => call<Users>("users", { signal }), refetchInterval: 60_000 });
}

export function saveLimits({ user, limits }: { user: string; limits: UserLimits }): Promise<User> {
  return call(`users/${id(user)}/limits`, { method: "PUT", body: limits });
}

export function signOut(user: string): Promise<Schemas["SignedOut"]> {
  return call(`users/${id(user)}/sign-out`, { method: "POST" });
}
