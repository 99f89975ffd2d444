import { ApiProblem, upload, type Query, type Sending } from "../api/client";
import { sendResumable } from "./resumable";

export interface Transfer {
  id: number;
  file: File;
  locationId: string;
  folder: string;
  state: "waiting" | "sending" | "done" | "failed" | "cancelled";
  sent: number;
  bytesPerSecond: number;
  error: string | null;
}

/** It has not ended yet, in whichever way. */
export function isOpen(row: Transfer): boolean {
  return row.state === "sending" || row.state === "waiting";
}

export interface Destination {
  locationId: string;
  folder: string;
}

type Send = (query: Query, file: File, onProgress: (sent: number) => void) => Sending<unknown>;
const AT_ONCE = 3;
/** From here on it is a pity to begin again after a break. */
const LARGE_BYTES = 16 * 2 ** 20;

function sendFile(query: Query, file: File, onProgress: (sent: number) => void): Sending<unknown> {
  return (file.size < LARGE_BYTES ? upload : sendResumable)(query, file, onProgress);
}

/** The uploads of this window: three at a time, each with its progress, its speed and its own error. */
export class Transfers {
  private rows: readonly Transfer[] = [];
  private readonly running = new Map<number, Sending<unknown>>();
  private readonly changed = new Set<() => void>();
  private last = 0;
  private readonly onStored: () => void;
  private readonly send: Send;

  constructor(onStored: () => void, send: Send = sendFile) {
    this.onStored = onStored;
    this.send = send;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.changed.add(listener);
    return () => this.changed.delete(listener);
  };

  get = (): readonly Transfer[] => this.rows;

  add(files: readonly File[], where: Destination): void {
    const added = files.map((file): Transfer => ({ id: ++this.last, file, ...where, state: "waiting", sent: 0, bytesPerSecond: 0, error: null }));
    this.rows = [...added, ...this.rows];
    this.go();
  }

  cancel(id: number): void {
    this.patch(id, { state: "cancelled" });
    this.running.get(id)?.cancel();
    this.go();
  }

  retry(id: number): void {
    this.patch(id, { state: "waiting", sent: 0, error: null });
    this.go();
  }

  private go(): void {
    for (const row of [...this.rows].reverse()) {
      if (this.running.size >= AT_ONCE) break;
      if (row.state === "waiting") this.start(row);
    }
    this.tell();
  }

  private start(row: Transfer): void {
    // What came in an earlier try says nothing about the speed of this one.
    let first: { at: number; sent: number } | null = null;
    const query = { location_id: row.locationId, folder: row.folder, name: row.file.name };
    const sending = this.send(query, row.file, (sent) => {
      const now = performance.now();
      first ??= { at: now, sent };
      this.patch(row.id, { sent, bytesPerSecond: ((sent - first.sent) * 1000) / Math.max(1, now - first.at) });
      this.tell();
    });
    this.running.set(row.id, sending);
    this.patch(row.id, { state: "sending" });
    void sending.done
      .then(
        () => {
          this.patch(row.id, { state: "done", sent: row.file.size });
          this.onStored();
        },
        (error: unknown) => {
          if (error instanceof DOMException) this.patch(row.id, { state: "cancelled" });
          else this.patch(row.id, { state: "failed", error: error instanceof ApiProblem ? error.message : "The upload broke. Try again." });
        },
      )
      .finally(() => {
        this.running.delete(row.id);
        this.go();
      });
  }

  private patch(id: number, change: Partial<Transfer>): void {
    this.rows = this.rows.map((row) => (row.id === id ? { ...row, ...change } : row));
  }

  private tell(): void {
    this.changed.forEach((listener) => listener());
  }
}
