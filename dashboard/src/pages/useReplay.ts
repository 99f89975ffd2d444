import { useQuery } from "@tanstack/react-query";
import { call } from "../api/client";
import { readEvent, type LiveEvent } from "../live/reducer";

export interface Replay {
  from: string;
  to: string;
  events: readonly LiveEvent[];
  isCut: boolean;
  isPending: boolean;
  isError: boolean;
  error: unknown;
  refetch: () => void;
}

/** The events between two times, or null while the page shows the present. */
export function useReplay(from: string | null, to: string | null): Replay | null {
  const result = useQuery({
    queryKey: ["replay", from, to],
    enabled: Boolean(from && to),
    staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const answer = await call<{ events: unknown[]; next_cursor?: string | null }>("events/history", { query: { from, to, limit: 2000 }, signal });
      const events = answer.events.map((event) => readEvent(event, 0)).filter((event) => event !== null);
      return { events: events.reverse(), isCut: Boolean(answer.next_cursor) };
    },
  });
  if (!from || !to) return null;
  return { from, to, events: result.data?.events ?? [], isCut: result.data?.isCut ?? false, isPending: result.isPending, isError: result.isError, error: result.error, refetch: () => void result.refetch() };
}
