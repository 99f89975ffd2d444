import type { Starting } from "../api/types";

/** The answer to a start of as many batches, of as many files each. */
export function started(files: readonly number[], skipped: Starting["skipped"] = []): Starting {
  return { batch_id: "b0", run_url: "", skipped, batches: files.map((many, place) => ({ batch_id: `b${place}`, kind: "files", run_url: "", files: many, size_bytes: many * 10 })) };
}
