/** Renders a page as Airflow would, on answers that a test gives; what is not answered is a 404. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, type ReactElement } from "react";
import { createRoot, type Root } from "react-dom/client";
import { MemoryRouter, Route, Routes } from "react-router-dom";
import { onTestFinished, vi } from "vitest";
import { BASE } from "../stage";
import { Toasts } from "../ui/toasts";

export interface Call {
  method: string;
  path: string;
  body: unknown;
  ifMatch: string | null;
}

/** By method and path, such as "GET credentials"; a `Refused` becomes a problem of that status, a function is asked each time, with the body and the query. */
export type Answers = Record<string, unknown>;

export class Refused {
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly kind = "told",
  ) {}
}

/** An answer that takes its time: others that were asked for with it are here before. */
export function later<T>(found: T, ms = 30): Promise<T> {
  return new Promise((resolve) => setTimeout(() => resolve(found), ms));
}

const ME = { user: "team-docs", roles: ["Admin"], is_admin: true, can_write: true };

export interface Shown {
  root: HTMLElement;
  calls: Call[];
  text: () => string;
  /** The one element of that role with that name; names may be a part. */
  find: (role: string, name: string | RegExp) => HTMLElement;
  has: (role: string, name: string | RegExp) => boolean;
  click: (element: HTMLElement) => Promise<void>;
  type: (label: string, value: string) => Promise<void>;
  press: (element: HTMLElement, key: string) => Promise<void>;
  settle: () => Promise<void>;
  /** Everything is asked for again, as on an event or when somebody comes back to the window. */
  again: () => Promise<void>;
  /** In the middle of a test, for another page; its end closes what is open still. */
  close: () => void;
}

export async function show(page: ReactElement, path: string, answers: Answers): Promise<Shown> {
  const calls: Call[] = [];
  vi.stubGlobal("fetch", (input: URL | string, init: RequestInit = {}) => answer(input, init, { "GET me": ME, ...answers }, calls));
  const holder = document.createElement("div");
  let root: Root | null = null;
  document.body.append(holder);
  const close = (): void => {
    act(() => root?.unmount());
    root = null;
    holder.remove();
    vi.unstubAllGlobals();
  };
  onTestFinished(close);
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const section = path.split("/")[0] ?? "";
  await act(async () => {
    root = createRoot(holder);
    root.render(
      <QueryClientProvider client={client}>
        <MemoryRouter initialEntries={[`${BASE}/${path}`]}>
          <Toasts>
            <Routes>
              <Route path={`${BASE}/${section}/*`} element={page} />
            </Routes>
          </Toasts>
        </MemoryRouter>
      </QueryClientProvider>,
    );
    await Promise.resolve();
  });
  const settle = (): Promise<void> =>
    act(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
    });
  const during = (run: () => void): Promise<void> =>
    act(async () => {
      run();
      await Promise.resolve();
    });
  const all = (role: string, name: string | RegExp): HTMLElement[] => [...document.body.querySelectorAll<HTMLElement>("*")].filter((one) => roleOf(one) === role && fits(nameOf(one), name));
  await settle();
  const shown: Shown = {
    root: holder,
    calls,
    text: () => document.body.textContent.replaceAll("\u00a0", " "),
    find: (role, name) => {
      const found = all(role, name);
      if (!found[0]) throw new Error(`no ${role} named ${String(name)} in: ${document.body.textContent}`);
      return found[0];
    },
    has: (role, name) => all(role, name).length > 0,
    click: async (element) => {
      await during(() => element.click());
      await settle();
    },
    type: async (label, value) => {
      const field = [...document.body.querySelectorAll<HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>("input, textarea, select")].find((one) => fits(nameOf(one), label));
      if (!field) throw new Error(`no field ${label}`);
      // React overwrites `value` on the field itself; only the setter of its class tells React of a change.
      const own = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field) as object, "value");
      await during(() => {
        own?.set?.call(field, value);
        field.dispatchEvent(new Event(field instanceof HTMLSelectElement ? "change" : "input", { bubbles: true }));
      });
    },
    press: (element, key) =>
      during(() => {
        element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
      }),
    settle,
    again: async () => {
      await act(() => client.invalidateQueries());
      await settle();
    },
    close,
  };
  return shown;
}

async function answer(input: URL | string, init: RequestInit, answers: Answers, calls: Call[]): Promise<Response> {
  const url = new URL(String(input), document.baseURI);
  const path = url.pathname.replace(/^.*\/api\/v1\//, "").replace(/^\//, "");
  const method = init.method ?? "GET";
  const body = typeof init.body === "string" ? (JSON.parse(init.body) as unknown) : undefined;
  calls.push({ method, path, body, ifMatch: new Headers(init.headers).get("If-Match") });
  const given = answers[`${method} ${path}`];
  const found: unknown = typeof given === "function" ? await (given as (body: unknown, query: URLSearchParams) => unknown)(body, url.searchParams) : given;
  if (found === undefined) return problem(new Refused(404, "Not Found", "not-found"));
  if (found instanceof Refused) return problem(found);
  const text = JSON.stringify(found);
  return new Response(text, { status: 200, headers: { "Content-Type": "application/json", ETag: tagOf(text) } });
}

/** The tag that an answer comes with here. */
export function tagOf(text: string): string {
  return `"${text.length}"`;
}

function problem({ status, detail, kind }: Refused): Response {
  return new Response(JSON.stringify({ type: `urn:cloudflow:problem:${kind}`, title: "Told", status, detail, request_id: "request-1" }), { status, headers: { "Content-Type": "application/problem+json" } });
}

function fits(text: string, wanted: string | RegExp): boolean {
  return wanted instanceof RegExp ? wanted.test(text) : text === wanted;
}

const TAG_ROLES: Record<string, string> = { BUTTON: "button", A: "link", H1: "heading", H2: "heading", TABLE: "table", INPUT: "textbox", TEXTAREA: "textbox", SELECT: "combobox", TR: "row", SECTION: "region" };

function roleOf(element: HTMLElement): string | undefined {
  if (element instanceof HTMLInputElement && element.type === "checkbox") return element.getAttribute("role") ?? "checkbox";
  return element.getAttribute("role") ?? TAG_ROLES[element.tagName];
}

/** What a screen reader would call it, as far as these pages name things. */
export function nameOf(element: HTMLElement): string {
  const labelled = element.getAttribute("aria-labelledby");
  const label = labelled ? document.getElementById(labelled)?.textContent : (element.getAttribute("aria-label") ?? labelOf(element));
  return (label ?? element.textContent).replaceAll("\u00a0", " ").trim();
}

function labelOf(element: HTMLElement): string | undefined {
  const label = (element as HTMLInputElement).labels?.[0]?.cloneNode(true) as HTMLElement | undefined;
  label?.querySelectorAll("input, select, textarea").forEach((control) => control.remove());
  return label?.textContent;
}
