import { useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useMemo, useState, useSyncExternalStore, type ReactElement, type ReactNode } from "react";
import { applyEvents } from "../api/live";
import { plural } from "../format/format";
import { isFailure, placeOf, shortType, type EventList, type LiveEvent } from "./reducer";
import { LiveStore } from "./store";
import type { Connection } from "./stream";

const Context = createContext<LiveStore | null>(null);

const LOOKS_MS = 30_000;
const SLEPT_MS = 180_000;

export function LiveProvider({ children }: { children: ReactNode }): ReactElement {
  const store = useMemo(() => new LiveStore(), []);
  const client = useQueryClient();
  useEffect(() => {
    store.stream.open();
    const forget = store.read((events) => applyEvents(client, events));
    const online = (): void => store.stream.retry();
    window.addEventListener("online", online);
    // Of a connection that broke while the machine slept nobody tells; a hidden page's timers come once a minute.
    let awake = Date.now();
    const watch = setInterval(() => {
      const now = Date.now();
      if (now - awake > SLEPT_MS) store.stream.retry();
      awake = now;
    }, LOOKS_MS);
    return () => {
      forget();
      clearInterval(watch);
      window.removeEventListener("online", online);
      store.stream.close();
    };
  }, [store, client]);
  return (
    <Context.Provider value={store}>
      {children}
      <Announcer store={store} />
    </Context.Provider>
  );
}

export function useLive(): LiveStore {
  const store = useContext(Context);
  if (!store) throw new Error("useLive needs LiveProvider above it");
  return store;
}

export function useConnection(): Connection {
  const store = useLive();
  return useSyncExternalStore(store.subscribe, store.getConnection);
}

/** Why no events come although the stream is there; null when they do. */
export function useWaits(): string | null {
  const store = useLive();
  return useSyncExternalStore(store.subscribe, store.getWaits);
}

export function useEventList(): EventList {
  const store = useLive();
  return useSyncExternalStore(store.subscribe, store.getList);
}

const SUM_UP_MS = 10_000;

/** One polite region that sums up what happened, and one that tells failures at once. */
function Announcer({ store }: { store: LiveStore }): ReactElement {
  const [polite, setPolite] = useState("");
  const [alarm, setAlarm] = useState("");
  useEffect(() => {
    let counted = 0;
    const forget = store.read((events: readonly LiveEvent[]) => {
      counted += events.length;
      const failed = events.find(isFailure);
      if (failed) setAlarm(`${shortType(failed.type)}: ${placeOf(failed)} failed`);
    });
    const timer = setInterval(() => {
      if (counted) setPolite(plural(counted, "new event"));
      counted = 0;
    }, SUM_UP_MS);
    return () => {
      forget();
      clearInterval(timer);
    };
  }, [store]);
  return (
    <>
      <div className="cf-hidden" role="status">
        {polite}
      </div>
      <div className="cf-hidden" role="alert">
        {alarm}
      </div>
    </>
  );
}
