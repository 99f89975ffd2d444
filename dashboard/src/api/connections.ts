/** Credentials and locations: what opens the clouds, and what lies there. */
import { call } from "./client";
import type { components } from "./schema";
import type { Provider } from "./types";

const id = encodeURIComponent;

export interface CredentialWish {
  credential_id: string;
  provider: Provider;
  endpoint_url: string | null;
  region: string | null;
  account: string | null;
  secret: Record<string, string>;
}

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

export interface LocationWish {
  location_id: string;
  provider: Provider;
  bucket: string;
  prefix: string;
  credential_id: string;
  single_class: boolean;
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
