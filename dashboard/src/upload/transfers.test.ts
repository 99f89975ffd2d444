import { describe, expect, it, vi } from "vitest";
import { ApiProblem, type Sending } from "../api/client";
import { Transfers } from "./transfers";

interface Started {
  name: string;
  progress: (sent: number) => void;
  end: (error?: unknown) => Promise<void>;
}

function ground() {
  const started: Started[] = [];
  const stored = vi.fn();
  const transfers = new Transfers(stored, (query, _file, progress): Sending<unknown> => {
    let settle: { resolve: (value?: unknown) => void; reject: (error: unknown) => void } | undefined;
    const done = new Promise((resolve, reject) => (settle = { resolve, reject }));
    const end = async (error?: unknown): Promise<void> => {
      if (error) settle?.reject(error);
      else settle?.resolve();
      await new Promise((resolve) => setTimeout(resolve, 0));
    };
    started.push({ name: String(query["name"]), progress, end });
    return { done, cancel: () => void end(new DOMException("cancelled", "AbortError")) };
  });
  return { started, stored, transfers };
}

const files = (...names: string[]): File[] => names.map((name) => new File(["abc"], name));
const WHERE = { locationId: "lake", folder: "" };
const states = (transfers: Transfers): string[] => [...transfers.get()].reverse().map((row) => row.state);

describe("uploads", () => {
  it("run three at a time, the others after them", async () => {
    const { started, transfers } = ground();
    transfers.add(files("a", "b", "c", "d"), WHERE);
    expect(states(transfers).filter((state) => state === "sending")).toHaveLength(3);

    await started[0]?.end();

    expect(started).toHaveLength(4);
    expect(states(transfers).filter((state) => state === "done")).toHaveLength(1);
  });

  it("tell when one is stored, and what the API said of one that is not", async () => {
    const { started, stored, transfers } = ground();
    transfers.add(files("a", "b"), WHERE);

    await started[0]?.end();
    await started[1]?.end(new ApiProblem(409, { detail: "there is a file 'b' already" }));

    expect(stored).toHaveBeenCalledTimes(1);
    expect(transfers.get().find((row) => row.file.name === started[1]?.name)).toMatchObject({ state: "failed", error: "there is a file 'b' already" });
  });

  it("count as slow what an earlier try had sent already", () => {
    const { started, transfers } = ground();
    transfers.add(files("a"), WHERE);

    started[0]?.progress(5_000_000_000);

    expect(transfers.get()[0]).toMatchObject({ sent: 5_000_000_000, bytesPerSecond: 0 });
  });

  it("are cancelled at once, whatever becomes of the request", async () => {
    const { started, transfers } = ground();
    transfers.add(files("a"), WHERE);

    transfers.cancel(transfers.get()[0]?.id ?? 0);
    await started[0]?.end();

    expect(states(transfers)).toEqual(["cancelled"]);
  });
});
