/** The one way to the API: addresses, problems (RFC 9457), idempotency, uploads with progress. */

import { withQuery, type Query } from "./early";
import { onceOnly } from "./writes";

export { apiUrl, withQuery, type Query } from "./early";

interface ProblemBody {
  type?: string;
  title?: string;
  detail?: string;
  request_id?: string;
}

/** What the API said went wrong; `message` is one plain line for people. */
export class ApiProblem extends Error {
  readonly status: number;
  /** The last word of the problem type, such as `not-found`. */
  readonly kind: string;
  readonly requestId: string | null;
  /** Seconds to wait before the same call may work. */
  readonly retryAfter: number | null;

  constructor(status: number, body: ProblemBody, retryAfter: number | null = null) {
    super(body.detail ?? body.title ?? (status ? `The server answered ${status}.` : "The server did not answer. Check the connection and try again."));
    this.name = "ApiProblem";
    this.status = status;
    this.kind = body.type?.split(":").at(-1) ?? "";
    this.requestId = body.request_id ?? null;
    this.retryAfter = retryAfter;
  }
}

export interface CallOptions {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  query?: Query;
  body?: unknown;
  /** The tag of what is to be changed; as anything else it stays as it is. */
  ifMatch?: string | null;
  signal?: AbortSignal;
}

/** An answer with its tag: another one means that it has changed. */
export interface Tagged<T> {
  answer: T;
  tag: string | null;
}

/** Ask the API; the answer's type is the caller's promise, taken from the generated schema. */
export function call<T>(path: string, options: CallOptions = {}): Promise<T> {
  const { method = "GET", query, ifMatch, signal } = options;
  const url = withQuery(path, query);
  const body = options.body === undefined ? undefined : JSON.stringify(options.body);
  const conditions: Record<string, string> = ifMatch ? { "If-Match": ifMatch } : {};
  const asked = method === "GET" ? ask<T>(url, { method, signal }) : onceOnly([method, url.href, body], (key) => ask<T>(url, { method, body, signal, headers: { ...conditions, "Idempotency-Key": key } }));
  return asked.then(({ answer }) => answer);
}

export function callTagged<T>(path: string): Promise<Tagged<T>> {
  return ask(withQuery(path), { method: "GET" });
}

async function ask<T>(url: URL, request: RequestInit): Promise<Tagged<T>> {
  const headers: Record<string, string> = { Accept: "application/json", ...(request.headers as Record<string, string> | undefined) };
  if (request.body !== undefined) headers["Content-Type"] = "application/json";
  try {
    const response = await fetch(url, { ...request, headers, credentials: "same-origin" });
    if (!response.ok) throw await problemOf(response);
    const answer = (response.status === 204 ? undefined : await response.json()) as T;
    return { answer, tag: response.headers.get("ETag") };
  } catch (error) {
    if (error instanceof ApiProblem || (error instanceof DOMException && error.name === "AbortError")) throw error;
    throw new ApiProblem(0, {});
  }
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const body = await response.json().then((value: unknown) => value as ProblemBody, () => ({}));
  const wait = Number(response.headers.get("Retry-After"));
  const problem = new ApiProblem(response.status, body, Number.isFinite(wait) && wait > 0 ? wait : null);
  if (response.status === 401) signIn();
  return problem;
}

let leaving = false;

/** Send the browser to Airflow's login page, and back here afterwards: what Airflow itself does on a 401. */
export function signIn(): void {
  if (leaving) return;
  leaving = true;
  const login = new URL("api/v2/auth/login", document.baseURI);
  login.searchParams.set("next", window.location.href);
  window.location.assign(login);
}

/** A request whose body is a file: fetch still cannot tell how much of a request has left. */
export interface Sending<T> {
  done: Promise<T>;
  cancel: () => void;
}

export interface Sent {
  body: unknown;
  header: (name: string) => string | null;
}

export interface Letter {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body: Blob | null;
  onProgress?: (sent: number) => void;
}

/** Send it; what is cancelled ends as an `AbortError`, what the API refuses as its problem. */
export function transmit({ method, url, headers, body, onProgress }: Letter): Sending<Sent> {
  const request = new XMLHttpRequest();
  const done = new Promise<Sent>((resolve, reject) => {
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => onProgress?.(event.loaded);
    request.onerror = () => reject(new ApiProblem(0, {}));
    request.onabort = () => reject(new DOMException("cancelled", "AbortError"));
    request.onload = () => {
      const told = parsed(request.responseText);
      if (request.status >= 200 && request.status < 300) resolve({ body: told, header: (name) => request.getResponseHeader(name) });
      else {
        if (request.status === 401) signIn();
        reject(new ApiProblem(request.status, told ?? {}, Number(request.getResponseHeader("Retry-After")) || null));
      }
    };
    request.send(body);
  });
  return { done, cancel: () => request.abort() };
}

/** Send one file as it is, in one request. */
export function upload(query: Query, file: File, onProgress: (sent: number) => void): Sending<unknown> {
  const url = withQuery("upload", query);
  let cancel = (): void => undefined;
  const done = onceOnly(["POST", url.href, file.size, file.lastModified], (key) => {
    const headers = { "Content-Type": file.type || "application/octet-stream", "Idempotency-Key": key };
    const sending = transmit({ method: "POST", url, headers, body: file, onProgress });
    cancel = sending.cancel;
    return sending.done;
  });
  return { done, cancel: () => cancel() };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
