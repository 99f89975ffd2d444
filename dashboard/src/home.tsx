import { Suspense, useEffect, useState, useSyncExternalStore, type ReactElement, type ReactPortal } from "react";
import { createPortal } from "react-dom";
import { Route, Routes, useLocation, useNavigate } from "react-router-dom";
import { answered } from "./api/early";
import { whenAsked } from "./ready";
import { BASE, stage } from "./stage";

/** The role of people who use CloudFlow and nothing else of Airflow. */
const OURS = "CloudFlowUser";

let whoAsked: Promise<boolean> | undefined;

/** Whether Airflow's own home page has nothing for this account but refusals; asked once. */
function belongsHere(): Promise<boolean> {
  whoAsked ??= fetch(new URL("cloudflow/api/v1/me", document.baseURI), { credentials: "same-origin" })
    .then((response) => (response.ok ? response.json() : {}))
    .then(
      (me: { roles?: string[] }) => Boolean(me.roles?.length) && (me.roles ?? []).every((role) => role === OURS),
      () => false,
    );
  return whoAsked;
}

/** On Airflow's home page, send people on whose place is CloudFlow. */
function useWayHome(): void {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  useEffect(() => {
    if (pathname !== "/") return;
    let stays = true;
    void belongsHere().then((goes) => {
      if (goes && stays) void navigate(BASE, { replace: true });
    });
    return () => {
      stays = false;
    };
  }, [pathname, navigate]);
}

const code = whenAsked(() => import("./App"));
const App = code.page;
const PAGE = (
  <Routes>
    <Route path={`${BASE}/*`} element={<Suspense fallback={null}><App /></Suspense>} />
  </Routes>
);

let isHere = false;
let coming: Promise<void> | undefined;

const ANSWERS_WITHIN_MS = 100;

/** Bring the page's code, that of the tab which it begins with, and the answers. What fails here fails again there. */
function bringCode(): Promise<void> {
  const done = (): void => {
    isHere = true;
  };
  const bringTab = (): Promise<void> => import("./App").then(({ bring }) => bring(window.location.pathname));
  coming ??= Promise.all([code.load(), bringTab(), answered(ANSWERS_WITHIN_MS)]).then(done, done);
  return coming;
}
// On its way before Airflow has a place for it.
if (window.location.pathname.includes(BASE)) void bringCode();

/** Whether the page can be drawn at once, from when there is a place for it. */
function useCode(isReady: boolean): boolean {
  const [, setCame] = useState(false);
  useEffect(() => {
    if (isReady && !isHere) void bringCode().then(() => setCame(true));
  }, [isReady]);
  return isReady && isHere;
}

/** Airflow renders this on every page, and keeps it: it draws ours wherever the place for it is. */
function CloudFlowHome(): ReactPortal | null {
  useWayHome();
  const isReady = useSyncExternalStore(stage.subscribe, stage.isReady);
  return useCode(isReady) ? createPortal(PAGE, stage.element) : null;
}

const MOVES_WITHIN_MS = 500;

/**
 * What Airflow gets when it loads this file. It renders that behind a boundary of its own, and from its next rendering
 * on whatever has the name then, without the boundary: for React another component. So nothing is drawn before that
 * next rendering, and on our pages it is brought about at once, instead of by the first click.
 */
function Arrival(): ReactElement | null {
  useWayHome();
  const { pathname, search, hash, state } = useLocation() as { pathname: string; search: string; hash: string; state: unknown };
  const navigate = useNavigate();
  const [stays, setStays] = useState(false);
  useEffect(() => {
    Object.assign(globalThis, { CloudFlowHome });
    if (pathname.startsWith(BASE)) void navigate({ pathname, search, hash }, { replace: true, state });
  }, [pathname, search, hash, state, navigate]);
  useEffect(() => {
    // An Airflow that goes on rendering what it loaded is fine, too.
    const timer = setTimeout(() => setStays(true), MOVES_WITHIN_MS);
    return () => clearTimeout(timer);
  }, []);
  return stays ? <CloudFlowHome /> : null;
}

/**
 * Our pages name this file in their heads, so that it mostly runs before Airflow has asked for any plugin's: then Airflow
 * renders what has the name, without loading anything, and goes on doing so.
 */
const Shown = "AirflowPlugin" in globalThis ? Arrival : CloudFlowHome;
Object.assign(globalThis, { CloudFlowHome: Shown });

export default Shown;
