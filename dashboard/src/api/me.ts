/** The one who looks at these pages, and how they like them. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { useToast } from "../ui/toasts";
import { call } from "./client";
import { asking } from "./listing";
import { KEYS } from "./queries";
import type { Me, Preferences } from "./types";

export function useMe() {
  return useQuery({ queryKey: KEYS.me, ...asking<Me>("me"), staleTime: Infinity });
}

/** How the one who looks likes the pages, kept on the server; a change shows at once, is undone if it is refused, and that is told. */
export function usePreferences(): { preferences: Preferences | undefined; save: (change: Partial<Preferences>) => void } {
  const client = useQueryClient();
  const toast = useToast();
  const me = useMe();
  const write = useMutation({
    mutationFn: (preferences: Preferences) => call<Preferences>("me/preferences", { method: "PUT", body: preferences }),
    onError: (error) => {
      toast({ title: "Your choice was not saved", note: error.message, kind: "error" });
      return client.invalidateQueries({ queryKey: KEYS.me });
    },
  });
  const { mutate } = write;
  const save = useCallback(
    (change: Partial<Preferences>) => {
      const now = client.getQueryData<Me>(KEYS.me);
      if (!now) return;
      const preferences = { ...now.preferences, ...change };
      client.setQueryData<Me>(KEYS.me, { ...now, preferences });
      mutate(preferences);
    },
    [client, mutate],
  );
  return { preferences: me.data?.preferences, save };
}
