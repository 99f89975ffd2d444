/** How the API is asked: one answer, or a list that comes page by page. */
import { keepPreviousData, useInfiniteQuery, type InfiniteData } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { call, type Query } from "./client";
import { begunWith, PAGE } from "./early";

/** What a query asks, and what it begins with where that was asked early. */
export function asking<T, R = T>(path: string, query: Query = {}, read: (answer: T) => R = (answer) => answer as unknown as R) {
  return { queryFn: ({ signal }: { signal: AbortSignal }): Promise<R> => call<T>(path, { query, signal }).then(read), ...begunWith(path, query, read) };
}

export interface Listing<T> {
  rows: readonly T[];
  hasMore: boolean;
  loadMore: () => void;
  isPending: boolean;
  isStale: boolean;
  error: unknown;
  /** Why the next page did not come, and how to ask for it once more; what is here stays. */
  missing: { error: Error; again: () => void } | null;
  refetch: () => void;
}

/** One page of a list, whatever the API calls its rows. */
export interface Page<T> {
  items: readonly T[];
  next_cursor: string | null;
}
export type Listed<T> = InfiniteData<Page<T>>;

const AT_WORK_MS = 1000;

/** A list that loads page by page, by cursor; *name* is the field of the answer that holds the rows. */
export function useListing<T>(key: readonly unknown[], path: string, name: string, query: Query, isAtWork?: (rows: readonly T[]) => boolean): Listing<T> {
  const pageOf = (answer: Record<string, unknown>): Page<T> => ({ items: answer[name] as T[], next_cursor: (answer["next_cursor"] ?? null) as string | null });
  const result = useInfiniteQuery({
    queryKey: [...key, query],
    queryFn: async ({ pageParam, signal }) => pageOf(await call<Record<string, unknown>>(path, { query: { ...query, limit: PAGE, cursor: pageParam }, signal })),
    initialPageParam: null as string | null,
    ...begunWith(path, { ...query, limit: PAGE }, (answer: Record<string, unknown>): InfiniteData<Page<T>, string | null> => ({ pages: [pageOf(answer)], pageParams: [null] })),
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    // All pages are asked for again: the more there are, the more rarely.
    refetchInterval: ({ state: { data } }) => (data && isAtWork?.(data.pages.flatMap((page) => page.items)) ? AT_WORK_MS * data.pages.length : false),
  });
  const { data, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage, refetch } = result;
  const rows = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const loadMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage && !isFetchNextPageError) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage]);
  return {
    rows,
    hasMore: hasNextPage,
    loadMore,
    isPending: result.isPending,
    isStale: result.isPlaceholderData,
    error: result.isError && !data ? result.error : null,
    missing: isFetchNextPageError ? { error: result.error, again: () => void fetchNextPage() } : null,
    refetch: () => void refetch(),
  };
}
