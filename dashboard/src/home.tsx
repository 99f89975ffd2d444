import { lazy, Suspense, useEffect, useState, useSyncExternalStore, type ReactElement, type ReactPortal } from "react";
import { createPortal } from "react-dom";
import { Route, Routes, useLocation, useNavigate } from "react-router-dom";
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

const load = (): Promise<typeof import("./App")> => import("./App");
const App = lazy(load);
// The page is on its way before Airflow has a place for it; what fails here fails again where it is shown.
if (window.location.pathname.includes(BASE)) load().catch(() => undefined);

const PAGE = (
  <Routes>
    <Route path={`${BASE}/*`} element={<Suspense fallback={null}><App /></Suspense>} />
  </Routes>
);

/** Airflow renders this on every page, and keeps it: it draws ours wherever the place for it is. */
function CloudFlowHome(): ReactPortal | null {
  useWayHome();
  const isReady = useSyncExternalStore(stage.subscribe, stage.isReady);
  return isReady ? createPortal(PAGE, stage.element) : null;
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

Object.assign(globalThis, { CloudFlowHome: Arrival });

export default Arrival;
