import { describe, expect, it } from "vitest";
import type { Migration } from "../api/types";
import { stepView } from "../ui/Steps";
import { actionOf } from "./migrationActions";
import { batchesOf, isCut, isEnded, isMoving, reachedOf } from "./migrationMath";

const LATER = "2999-01-01T00:00:00Z";

function move(more: Partial<Migration>): Migration {
  return { migration_id: "m", batch_id: "b", size_bytes: 100, copied_bytes: 0, state: "queued", quarantined_until: null, undoes: null, run_url: null, timestamps: {}, ...more } as Migration;
}

describe("a move", () => {
  it("has arrived while its original is only kept to roll back to", () => expect([isEnded(move({ state: "switched", quarantined_until: LATER })), isEnded(move({ state: "switched" }))]).toEqual([true, false]));

  it("that waits does not move", () => expect([isMoving(move({ state: "queued" })), isMoving(move({ state: "validated" }))]).toEqual([false, true]));

  it("tells how far it had come before it failed", () => expect(reachedOf(move({ state: "failed", timestamps: { queued: "1", validated: "2", failed: "3" } }))).toBe("validated"));

  it("shows how much of its copy is written", () => expect(stepView(move({ state: "validated", copied_bytes: 25 }))).toMatchObject({ done: 1, share: 0.25, label: "Copying", kind: "moving" }));

  it("can be cancelled before its switch, tried again when it failed, and rolled back while its original is kept", () =>
    expect([move({ state: "copied" }), move({ state: "failed" }), move({ state: "done", quarantined_until: LATER }), move({ state: "done" }), move({ state: "cancelled" })].map(actionOf)).toEqual(["cancel", "retry", "rollback", null, null]));
});

describe("a page of moves", () => {
  const rows = [move({ timestamps: { queued: "2" } }), move({ timestamps: { queued: "1" } })];

  it("is only a part of a day's while its oldest is of that day and more are known", () =>
    expect([isCut({ rows, hasMore: true }, "0"), isCut({ rows, hasMore: true }, "1"), isCut({ rows, hasMore: false }, "0"), isCut({ rows: [], hasMore: true }, "0")]).toEqual([true, false, false, false]));
});

describe("batches", () => {
  it("count their moves, newest first", () => {
    const found = batchesOf([move({ batch_id: "a", state: "done", timestamps: { queued: "1" } }), move({ batch_id: "b", state: "failed", timestamps: { queued: "2" } }), move({ batch_id: "a", timestamps: { queued: "1" } })]);
    expect(found.map(({ id, files, ended, failed }) => [id, files, ended, failed])).toEqual([["b", 1, 1, 1], ["a", 2, 1, 0]]);
  });
});
