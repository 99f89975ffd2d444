import { ApiProblem, transmit, withQuery, type Query, type Sending, type Sent } from "../api/client";

/**
 * Large files go to `/uploads`, where they can be carried on with: the tus protocol 1.0 (https://tus.io), as
 * far as it takes to begin, to ask how much has come, to go on from there, and to take it back.
 */
const VERSION = { "Tus-Resumable": "1.0.0" };
const PIECE = "application/offset+octet-stream";
/** After each break without progress; whoever is away for longer says "Try again", and goes on from there, too. */
const WAITS_MS = [0, 1000, 3000, 8000, 20_000, 30_000];
/** Another request of ours may still hold the upload: the server has not noticed yet that the connection broke. */
const PASSING = ["wrong-offset", "upload-busy"];

export interface Pauses {
  wait: (ms: number) => Promise<void>;
}

const BROWSER: Pauses = { wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) };

/** Send *file* in as many requests as it takes; the same file for the same place goes on where an earlier try ended. */
export function sendResumable(query: Query, file: File, onProgress: (sent: number) => void, pauses: Pauses = BROWSER): Sending<unknown> {
  const one = new Resumable(query, file, onProgress, pauses);
  return { done: one.run(), cancel: () => one.cancel() };
}

class Resumable {
  private request: Sending<Sent> | null = null;
  private readonly ending = new AbortController();
  private readonly key: string;
  private readonly query: Query;
  private readonly file: File;
  private readonly onProgress: (sent: number) => void;
  private readonly pauses: Pauses;
  private place: string | null;
  private sent = 0;

  constructor(query: Query, file: File, onProgress: (sent: number) => void, pauses: Pauses) {
    this.query = query;
    this.file = file;
    this.onProgress = onProgress;
    this.pauses = pauses;
    this.key = `cloudflow-upload ${JSON.stringify([withQuery("uploads", query).href, file.size, file.lastModified])}`;
    this.place = remembered(this.key);
  }

  async run(): Promise<void> {
    for (let failures = 0; ; failures += 1) {
      const before = this.sent;
      try {
        await this.go();
        remember(this.key, null);
        return;
      } catch (problem) {
        if (this.sent > before) failures = 0;
        const wait = WAITS_MS[failures];
        if (this.ending.signal.aborted || wait === undefined || !passes(problem)) throw problem;
        await this.pauses.wait(Math.max(wait, 1000 * ((problem as ApiProblem).retryAfter ?? 0)));
        this.ending.signal.throwIfAborted();
      }
    }
  }

  cancel(): void {
    this.ending.abort();
    this.request?.cancel();
    remember(this.key, null);
    // What came so far would be forgotten in a few days; nobody has to wait for that.
    if (this.place) transmit({ method: "DELETE", url: new URL(this.place), headers: VERSION, body: null }).done.catch(() => undefined);
  }

  private async go(): Promise<void> {
    const offset = this.place ? await this.standing() : 0;
    this.place ??= await this.begin();
    if (offset === this.file.size) return;
    await this.ask("PATCH", this.place, { "Content-Type": PIECE, "Upload-Offset": String(offset) }, this.file.slice(offset), (sent) => this.tell(offset + sent));
  }

  private async begin(): Promise<string> {
    const url = withQuery("uploads", this.query);
    const { header } = await this.ask("POST", url.href, { "Upload-Length": String(this.file.size), "Upload-Metadata": this.file.type ? `filetype ${btoa(this.file.type)}` : "" });
    const place = new URL(header("Location") ?? "", url).href;
    remember(this.key, place);
    return place;
  }

  /** How much the server has for good; nothing, where it has forgotten the upload. */
  private async standing(): Promise<number> {
    try {
      const { header } = await this.ask("HEAD", this.place ?? "", {});
      const offset = Number(header("Upload-Offset"));
      this.tell(offset);
      return offset;
    } catch (problem) {
      if (!(problem instanceof ApiProblem) || problem.status !== 404) throw problem;
      remember(this.key, null);
      this.place = null;
      return 0;
    }
  }

  private ask(method: string, href: string, headers: Record<string, string>, body: Blob | null = null, onProgress?: (sent: number) => void): Promise<Sent> {
    this.request = transmit({ method, url: new URL(href), headers: { ...VERSION, ...headers }, body, onProgress });
    return this.request.done;
  }

  private tell(sent: number): void {
    this.sent = sent;
    this.onProgress(sent);
  }
}

/** Whether the same may work a moment later. */
function passes(problem: unknown): boolean {
  return problem instanceof ApiProblem && (problem.status === 0 || problem.status === 429 || problem.status >= 500 || PASSING.includes(problem.kind));
}

function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // a browser that keeps nothing
  }
}

function remember(key: string, place: string | null): void {
  try {
    if (place) localStorage.setItem(key, place);
    else localStorage.removeItem(key);
  } catch {
    // As above: such an upload goes on as long as its page is open.
  }
}
