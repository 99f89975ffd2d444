/** What people type about a connection, checked as the API checks it, and written as the API wants it. */
import type { CredentialWish } from "../../api/connections";
import type { Credential, Provider } from "../../api/types";

export type Cloud = Exclude<Provider, "memory">;
export type Method = "key" | "account_key" | "sas" | "service_account" | "none";

export interface ConnectionForm {
  name: string;
  provider: Cloud;
  method: Method;
  account: string;
  region: string;
  endpoint: string;
  secret: string;
  sessionToken: string;
  /** What the test opens. */
  bucket: string;
}

export type Flaws = Partial<Record<keyof ConnectionForm, string>>;

export const METHODS: Record<Cloud, readonly Method[]> = { s3: ["key"], azure: ["account_key", "sas"], gcs: ["service_account", "none"] };

export const CONTAINER: Record<Cloud, string> = { s3: "Bucket", azure: "Container", gcs: "Bucket" };

export const EMPTY: ConnectionForm = { name: "", provider: "s3", method: "key", account: "", region: "", endpoint: "", secret: "", sessionToken: "", bucket: "" };

/** A kept connection as a form: everything but its secret, which nobody gets to see again. */
export function formOf(credential: Credential): ConnectionForm {
  const provider: Cloud = credential.provider === "memory" ? "s3" : credential.provider;
  return {
    ...EMPTY,
    name: credential.credential_id,
    provider,
    method: METHODS[provider][0] ?? "key",
    account: credential.account ?? "",
    region: credential.region ?? "",
    endpoint: credential.endpoint_url ?? "",
  };
}

/** Another cloud asks for other things: keep what both know. */
export function withProvider(form: ConnectionForm, provider: Cloud): ConnectionForm {
  return { ...EMPTY, name: form.name, provider, method: METHODS[provider][0] ?? "key", endpoint: form.endpoint, bucket: form.bucket };
}

const HANDLE = /^[A-Za-z0-9][A-Za-z0-9._:+@-]{0,199}$/;
const ACCOUNT: Record<Cloud, [RegExp, string]> = {
  s3: [/^[A-Za-z0-9_.@+=/-]{1,128}$/, "An access key ID has letters, digits and _ . @ + = / -"],
  azure: [/^[a-z0-9]{3,24}$/, "A storage account has 3 to 24 lower-case letters and digits"],
  gcs: [/^[a-z0-9:.-]{1,63}$/, "A project has lower-case letters, digits and - . :"],
};

/** What is wrong with *form*, field by field; nothing at all means that it can be sent. */
export function flawsOf(form: ConnectionForm, wants: "test" | "save"): Flaws {
  const flaws: Flaws = {};
  if (!form.name) flaws.name = "Give it a short name, such as lake-prod";
  else if (!HANDLE.test(form.name)) flaws.name = "Begin with a letter or digit; then letters, digits and . _ : + @ -";
  if (!form.account && form.provider !== "gcs") flaws.account = form.provider === "s3" ? "The access key ID is missing" : "The storage account is missing";
  else if (form.account && !ACCOUNT[form.provider][0].test(form.account)) flaws.account = ACCOUNT[form.provider][1];
  if (form.region && !/^[a-z0-9-]{1,40}$/.test(form.region)) flaws.region = "Such as eu-central-1";
  if (form.endpoint && !isAddress(form.endpoint)) flaws.endpoint = "Write https://host or https://host:port";
  const secret = secretFlaw(form);
  if (secret) flaws.secret = secret;
  if (form.method === "none" && !form.endpoint) flaws.endpoint = "Only a compatible store of your own goes without a key: name its endpoint";
  if (wants === "test" && !form.bucket) flaws.bucket = `Name one ${CONTAINER[form.provider].toLowerCase()} that the key may open`;
  return flaws;
}

function secretFlaw(form: ConnectionForm): string | null {
  if (form.method === "none") return null;
  if (!form.secret.trim()) return form.method === "service_account" ? "Choose the JSON key file of a service account" : "The secret is missing";
  if (form.method !== "service_account") return null;
  try {
    const key = JSON.parse(form.secret) as { type?: unknown } | null;
    return key?.type === "service_account" ? null : "This is JSON, but not the key file of a service account";
  } catch {
    return "This is not JSON: choose the key file as it was downloaded";
  }
}

function isAddress(text: string): boolean {
  try {
    const url = new URL(text);
    return (url.protocol === "https:" || url.protocol === "http:") && !url.username && !url.password && !url.search && !url.hash;
  } catch {
    return false;
  }
}

const SECRET_NAME: Record<Method, string | null> = { key: "secret_access_key", account_key: "account_key", sas: "sas", service_account: "service_account_json", none: null };

export function wishOf(form: ConnectionForm): CredentialWish {
  const name = SECRET_NAME[form.method];
  const secret: Record<string, string> = name ? { [name]: form.secret.trim() } : {};
  if (form.method === "key" && form.sessionToken) secret["session_token"] = form.sessionToken.trim();
  return {
    credential_id: form.name,
    provider: form.provider,
    endpoint_url: form.endpoint || null,
    region: form.region || null,
    account: form.account || null,
    secret,
  };
}
