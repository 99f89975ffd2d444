import "../testing/browser";
import { act, type ReactElement } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Migration } from "../api/types";
import { testRoot } from "../testing/root";
import { useSpeeds } from "./migrationMath";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const move = (copied: number): readonly Migration[] => [{ migration_id: "m", state: "validated", size_bytes: 10_000, copied_bytes: copied, timestamps: {} } as unknown as Migration];

function Speed({ moves }: { moves: readonly Migration[] }): ReactElement {
  return <p>{useSpeeds(moves).get("m") ?? "none"}</p>;
}

test("a copy that stands still has no speed any more, although nothing new is told of it", () => {
  const { holder, root } = testRoot();
  act(() => root.render(<Speed moves={move(0)} />));
  act(() => void vi.advanceTimersByTime(2000));
  act(() => root.render(<Speed moves={move(4000)} />));
  expect(holder.textContent).toBe("2000");
  act(() => void vi.advanceTimersByTime(30_000));
  expect(holder.textContent).toBe("none");
});
