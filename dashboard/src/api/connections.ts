/** Credentials and locations: what opens the clouds, and what lies there. */
import { call } from "./client";
import type { components } from "./schema";
import type { Provider } from "./types";

type Schemas = components["schemas"];

/** What the forms say; the rest is as the API takes it when it is left out. */
export type CredentialWish = Pick<Schemas["NewCredential"], "credential_id" | "provider" | "endpoint_url" | "region" | "account"> & { secret: Record<string, string> };
export type LocationWish = Pick<Schemas["NewLocation"], "location_id" | "bucket" | "prefix" | "credential_id" | "single_class"> & { provider: Provider };

const id = encodeURIComponent;

export function addCredential(wish: CredentialWish): Promise<unknown> {
  return call("credentials", { method: "POST", body: wish });
}

/** Another secret under the same name: what rests on it goes on. */
export function replaceCredential({ credential_id, ...wish }: CredentialWish): Promise<unknown> {
  return call(`credentials/${id(credential_id)}`, { method: "PUT", body: wish });
}

/** How a test went; *detail* is what was wrong. */
export type Check = components["schemas"]["Check"];

/** Open `test_bucket` with what was typed; nothing is kept. */
export function tryCredential(wish: CredentialWish & { test_bucket: string }): Promise<Check> {
  return call("credentials/test", { method: "POST", body: wish });
}

export function removeCredential(credentialId: string): Promise<unknown> {
  return call(`credentials/${id(credentialId)}`, { method: "DELETE" });
}

export function addLocation(wish: LocationWish): Promise<unknown> {
  return call("locations", { method: "POST", body: wish });
}

export function removeLocation(locationId: string): Promise<unknown> {
  return call(`locations/${id(locationId)}`, { method: "DELETE" });
}

export function testLocation(locationId: string): Promise<Check> {
  return call(`locations/${id(locationId)}/test`, { method: "POST" });
}

export function scanLocation(locationId: string): Promise<{ run_url: string | null }> {
  return call(`locations/${id(locationId)}/scan`, { method: "POST" });
}
