import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { sendResumable } from "./resumable";

/** A server that keeps what came and loses the connection when it is told to. */
class Server {
  kept = 0;
  asked: string[] = [];
  /** How many bytes of each further PATCH arrive before its connection breaks; none: all of them. */
  breaks: number[] = [];
  refuses: { status: number; body: unknown } | null = null;
  knows = true;

  request(method: string, _url: string, headers: Record<string, string>, size: number): { status: number; headers?: Record<string, string>; body?: unknown } {
    this.asked.push(method === "PATCH" ? `PATCH from ${headers["Upload-Offset"] ?? "?"}` : method);
    if (this.refuses) return this.refuses;
    if (method === "POST") return { status: 201, headers: { Location: "/cloudflow/api/v1/uploads/u-1" } };
    if (!this.knows) {
      this.knows = true;
      this.kept = 0;
      return { status: 404 };
    }
    if (method === "HEAD") return { status: 200, headers: { "Upload-Offset": String(this.kept) } };
    if (method === "DELETE") return { status: 204 };
    const arrives = this.breaks.shift() ?? size;
    this.kept += arrives;
    return { status: arrives < size ? 0 : 204 };
  }
}

function wire(server: Server): void {
  class Request {
    upload: { onprogress?: (event: { loaded: number }) => void } = {};
    status = 0;
    responseText = "";
    onload?: () => void;
    onerror?: () => void;
    onabort?: () => void;
    private method = "";
    private url = "";
    private readonly headers: Record<string, string> = {};
    private told: Record<string, string> = {};

    open(method: string, url: URL): void {
      [this.method, this.url] = [method, url.pathname];
    }
    setRequestHeader(name: string, value: string): void {
      this.headers[name] = value;
    }
    getResponseHeader(name: string): string | null {
      return this.told[name] ?? null;
    }
    abort(): void {
      this.onabort?.();
    }
    send(body: Blob | null): void {
      const before = server.kept;
      const answer = server.request(this.method, this.url, this.headers, body?.size ?? 0);
      if (this.method === "PATCH") this.upload.onprogress?.({ loaded: server.kept - before });
      this.status = answer.status;
      this.told = answer.headers ?? {};
      this.responseText = answer.body ? JSON.stringify(answer.body) : "";
      queueMicrotask(() => (answer.status ? this.onload?.() : this.onerror?.()));
    }
  }
  vi.stubGlobal("XMLHttpRequest", Request);
}

const FILE = new File(["x".repeat(100)], "film.mp4", { type: "video/mp4", lastModified: 1 });
const QUERY = { location_id: "lake", folder: "", name: "film.mp4" };
const AT_ONCE = { wait: () => Promise.resolve() };

describe("a large upload", () => {
  let server: Server;
  beforeEach(() => {
    localStorage.clear();
    server = new Server();
    wire(server);
  });
  afterEach(() => vi.unstubAllGlobals());

  it("goes on from what the server has after each break", async () => {
    server.breaks = [30, 50];
    const seen: number[] = [];

    await sendResumable(QUERY, FILE, (sent) => seen.push(sent), AT_ONCE).done;

    expect(server.asked).toEqual(["POST", "PATCH from 0", "HEAD", "PATCH from 30", "HEAD", "PATCH from 80"]);
    expect(server.kept).toBe(100);
    expect(seen.at(-1)).toBe(100);
  });

  it("gives up after breaks without any progress, and goes on there when it is tried again", async () => {
    server.breaks = [40, ...Array.from({ length: 20 }, () => 0)];
    await expect(sendResumable(QUERY, FILE, () => undefined, AT_ONCE).done).rejects.toMatchObject({ status: 0 });
    server.breaks = [];
    server.asked = [];

    await sendResumable(QUERY, FILE, () => undefined, AT_ONCE).done;

    expect(server.asked).toEqual(["HEAD", "PATCH from 40"]);
    expect(localStorage).toHaveLength(0);
  });

  it("begins anew where the server has forgotten it", async () => {
    server.breaks = [40];
    await sendResumable(QUERY, FILE, () => undefined, { wait: () => Promise.reject(new Error("the page was closed")) }).done.catch(() => undefined);
    server.knows = false;
    server.asked = [];

    await sendResumable(QUERY, FILE, () => undefined, AT_ONCE).done;

    expect(server.asked).toEqual(["HEAD", "POST", "PATCH from 0"]);
  });

  it("does not ask twice for what is refused", async () => {
    server.refuses = { status: 409, body: { type: "urn:cloudflow:problem:object-exists", detail: "there is a file already" } };

    await expect(sendResumable(QUERY, FILE, () => undefined, AT_ONCE).done).rejects.toMatchObject({ message: "there is a file already" });

    expect(server.asked).toEqual(["POST"]);
  });

  it("is taken back when it is cancelled", async () => {
    server.breaks = [40, ...Array.from({ length: 20 }, () => 0)];
    const wait = async (): Promise<void> => {
      sending.cancel();
      await Promise.resolve();
    };
    const sending = sendResumable(QUERY, FILE, () => undefined, { wait });

    await expect(sending.done).rejects.toMatchObject({ name: "AbortError" });

    expect(server.asked.at(-1)).toBe("DELETE");
    expect(localStorage).toHaveLength(0);
  });
});
