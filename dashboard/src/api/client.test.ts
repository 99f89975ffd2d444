import { afterEach, describe, expect, it, vi } from "vitest";
import { ApiProblem, call, upload, withQuery } from "./client";

function answer(status: number, body: unknown, headers: Record<string, string> = {}) {
  const fetched = vi.fn(() => Promise.resolve(new Response(body === undefined ? null : JSON.stringify(body), { status, headers })));
  vi.stubGlobal("fetch", fetched);
  return fetched as unknown as { mock: { calls: [URL, RequestInit][] } };
}

function headersOf(fetched: { mock: { calls: [URL, RequestInit][] } }, at = 0): Record<string, string> {
  return fetched.mock.calls[at]?.[1].headers as Record<string, string>;
}

afterEach(() => {
  vi.unstubAllGlobals();
  document.querySelector("base")?.remove();
});

it("tells an answer that is none as that, not as a flaw of JSON", async () => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response("<html>", { status: 200 })));
  await expect(call("me")).rejects.toMatchObject({ status: 0, message: "The server did not answer. Check the connection and try again." });
  vi.unstubAllGlobals();
});

describe("addresses", () => {
  it("hold behind a base path", () => {
    document.head.insertAdjacentHTML("beforeend", '<base href="https://example.org/airflow/">');
    expect(withQuery("/files").href).toBe("https://example.org/airflow/cloudflow/api/v1/files");
  });

  it("leave out what is not set and repeat lists", () =>
    expect(withQuery("files", { name: "a b", owner: null, prefix: "", tier: ["hot", "cold"] }).search).toBe("?name=a+b&tier=hot&tier=cold"));
});

describe("calls", () => {
  it("give back the answer", async () => {
    answer(200, { items: [1] });
    expect(await call("files")).toEqual({ items: [1] });
  });

  it("give nothing for an empty answer", async () => {
    answer(204, undefined);
    expect(await call("credentials/a", { method: "DELETE" })).toBeUndefined();
  });

  it("carry an idempotency key when they write, each its own", async () => {
    const fetched = answer(200, {});
    await call("migrations", { method: "POST", body: {} });
    await call("migrations", { method: "POST", body: {} });
    expect(headersOf(fetched)["Idempotency-Key"]).toMatch(/^[0-9a-f]{32}$/);
    expect(headersOf(fetched, 1)["Idempotency-Key"]).not.toBe(headersOf(fetched)["Idempotency-Key"]);
  });

  it("carry the key of before where nobody knows what became of the write, and a new one once that is known or long ago", async () => {
    vi.useFakeTimers();
    const answers = [() => Promise.reject(new TypeError("failed")), () => Promise.resolve(new Response("<html>", { status: 502 })), () => Promise.resolve(new Response(JSON.stringify({ type: "urn:cloudflow:problem:lost-race" }), { status: 409 }))];
    const last = (): Promise<Response> => Promise.resolve(new Response("{}"));
    const fetched = vi.fn(() => (answers.shift() ?? last)());
    vi.stubGlobal("fetch", fetched);
    const keyOf = async (body: object): Promise<string | undefined> => {
      await call("policies/p/run", { method: "POST", body }).catch(() => undefined);
      return headersOf(fetched as never, fetched.mock.calls.length - 1)["Idempotency-Key"];
    };
    const first = await keyOf({ a: 1 });
    expect([await keyOf({ a: 1 }), await keyOf({ a: 1 }), await keyOf({ a: 1 })]).toEqual([first, first, first]);
    expect(await keyOf({ a: 1 })).not.toBe(first);
    answers.push(() => Promise.reject(new TypeError("failed")));
    const lost = await keyOf({ a: 2 });
    expect(await keyOf({ a: 3 })).not.toBe(lost);
    vi.advanceTimersByTime(3_600_000);
    expect(await keyOf({ a: 2 })).not.toBe(lost);
    vi.useRealTimers();
  });

  it("carry a new key once the write was refused", async () => {
    const fetched = answer(422, { detail: "No." });
    for (let times = 0; times < 2; times += 1) await call("policies", { method: "POST", body: {} }).catch(() => undefined);
    expect(headersOf(fetched, 1)["Idempotency-Key"]).not.toBe(headersOf(fetched)["Idempotency-Key"]);
  });

  it("carry none when they read", async () => {
    const fetched = answer(200, {});
    await call("files");
    expect(headersOf(fetched)["Idempotency-Key"]).toBeUndefined();
  });
});

describe("problems", () => {
  it("carry the plain line, the kind and the request", async () => {
    answer(409, { type: "urn:cloudflow:problem:lost-race", title: "Conflict", status: 409, detail: "Somebody was faster.", request_id: "r-1" });
    const problem = await call("migrations/1/cancel", { method: "POST" }).catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(ApiProblem);
    expect(problem).toMatchObject({ message: "Somebody was faster.", kind: "lost-race", requestId: "r-1", status: 409 });
  });

  it("tell how long to wait", async () => {
    answer(429, { detail: "Too many." }, { "Retry-After": "7" });
    expect(await call("upload", { method: "POST" }).catch((error: unknown) => error)).toMatchObject({ retryAfter: 7 });
  });

  it("are made up from the status when a proxy answered", async () => {
    vi.stubGlobal("fetch", () => Promise.resolve(new Response("<html>", { status: 502 })));
    expect(await call("files").catch((error: unknown) => error)).toMatchObject({ status: 502, message: "The server answered 502." });
  });

  it("say what to do when nobody answered", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("failed")));
    expect(await call("files").catch((error: unknown) => error)).toMatchObject({ status: 0, message: expect.stringContaining("Check the connection") as string });
  });
});

it("a file that is sent again because its answer was lost says the same key", async () => {
  const keys: string[] = [];
  vi.stubGlobal("XMLHttpRequest", class {
    upload = {};
    onerror = (): void => undefined;
    open(): void { /* as the browser's */ }
    setRequestHeader(name: string, value: string): void {
      if (name === "Idempotency-Key") keys.push(value);
    }
    send(): void {
      queueMicrotask(() => this.onerror());
    }
  });
  const file = new File(["abc"], "a.csv");
  for (let times = 0; times < 2; times += 1) await upload({ name: "a.csv" }, file, () => undefined).done.catch(() => undefined);
  expect(keys[1]).toBe(keys[0]);
});
