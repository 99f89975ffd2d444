import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, useEffect, type ReactElement } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import "../testing/browser";
import { testRoot } from "../testing/root";
import { useMigrations } from "./queries";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const PAGES = 6;

function Everything(): ReactElement {
  const { rows, loadMore } = useMigrations({});
  useEffect(loadMore, [loadMore, rows.length]);
  return <p>{rows.length}</p>;
}

test("how far copies are is asked for once a second, however long the list is", async () => {
  let asked = 0;
  vi.stubGlobal("fetch", (url: URL) => {
    asked += 1;
    const page = Number(url.searchParams.get("cursor") ?? 0);
    return Promise.resolve(new Response(JSON.stringify({ migrations: [{ migration_id: `m${page}`, state: "validated", copied_bytes: asked }], next_cursor: page + 1 < PAGES ? String(page + 1) : null })));
  });
  const { holder, root } = testRoot();
  act(() => root.render(<QueryClientProvider client={new QueryClient()}><Everything /></QueryClientProvider>));
  while (holder.textContent !== String(PAGES)) await act(() => vi.advanceTimersByTimeAsync(10));
  asked = 0;
  await act(() => vi.advanceTimersByTimeAsync(60_000));
  expect(asked).toBeGreaterThan(40);
  expect(asked).toBeLessThanOrEqual(66);
});
