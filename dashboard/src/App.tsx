import createCache from "@emotion/cache";
import { CacheProvider } from "@emotion/react";
import { ThemeProvider } from "@mui/material/styles";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense, useCallback, useEffect, useRef, useState, type ReactElement, type ReactNode } from "react";
import { Route, Routes, useLocation } from "react-router-dom";
import { ApiProblem } from "./api/client";
import { answered } from "./api/early";
import { usePreferences } from "./api/me";
import { LiveProvider } from "./live/LiveProvider";
import { Bar, StaleBanner } from "./shell/Bar";
import { Boundary } from "./shell/Boundary";
import { KeyList } from "./shell/KeyList";
import { switchKeys, useGlobalKeys } from "./shell/keys";
import { SETTINGS, TABS, tabOf } from "./shell/nav";
import { Palette } from "./shell/Palette";
import { useTour } from "./shell/useTour";
import { FONT_CSS } from "./theme/fonts";
import { useMode } from "./theme/mode";
import styles from "./theme/styles.css?inline";
import { themeFor } from "./theme/theme";
import { TOKEN_CSS } from "./theme/tokens";
import { Toasts } from "./ui/toasts";
import { UploadProvider } from "./upload/UploadPanel";

const Tour = lazy(() => import("./shell/Tour"));
const cache = createCache({ key: "cf" });
const TRIES = 2;

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      refetchOnWindowFocus: true,
      // What the API refuses, it refuses again; only silence and overload are worth another try.
      retry: (failures, error) => failures < TRIES && (!(error instanceof ApiProblem) || error.status === 0 || error.status >= 502),
      retryDelay: (failures, error) => 1000 * Math.max(2 ** failures, error instanceof ApiProblem ? (error.retryAfter ?? 0) : 0),
    },
  },
});

const HEARS_AFTER_MS = 3000;

/** Bring the code of the page at *pathname*, so that it is here when it is drawn. */
export async function bring(pathname: string): Promise<void> {
  await tabOf(pathname).load();
  // Nobody hears of events before the stream is open: what was asked before is asked again behind it.
  if (await answered(0)) setTimeout(() => void client.invalidateQueries(), HEARS_AFTER_MS);
}

export default function App(): ReactElement {
  return (
    <CacheProvider value={cache}>
      <ThemeProvider theme={themeFor(useMode())}>
        <style>{TOKEN_CSS + FONT_CSS + styles}</style>
        <QueryClientProvider client={client}>
          <LiveProvider>
            <Root>
              <Toasts>
                <UploadProvider>
                  <Shell />
                </UploadProvider>
              </Toasts>
            </Root>
          </LiveProvider>
        </QueryClientProvider>
      </ThemeProvider>
    </CacheProvider>
  );
}

/** The part of Airflow's page that scrolls ours. */
function areaAbove(element: HTMLElement): HTMLElement | null {
  let area = element.parentElement;
  while (area && !/auto|scroll/.test(getComputedStyle(area).overflowY)) area = area.parentElement;
  return area;
}

/** Tell the styles: on the document's element, because dialogs and the tour lie outside of ours. */
function measured(name: string, value: string): void {
  const host = document.documentElement.style;
  if (host.getPropertyValue(name) !== value) host.setProperty(name, value);
}

/** The root of everything that is ours. It measures where Airflow's own bar ends, for what is fixed to the window. */
function Root({ children }: { children: ReactNode }): ReactElement {
  const root = useRef<HTMLDivElement>(null);
  const tab = tabOf(useLocation().pathname).path;
  const shown = useRef(tab);
  useEffect(() => {
    if (shown.current === tab) return;
    shown.current = tab;
    if (root.current) areaAbove(root.current)?.scrollTo({ top: 0 });
  }, [tab]);
  useEffect(() => {
    const element = root.current;
    if (!element) return;
    let isNew = true;
    // The observer tells when the page was laid out, the first time too: whoever measures earlier has it laid out twice.
    const observer = new ResizeObserver(() => {
      const area = areaAbove(element);
      if (isNew) area?.scrollTo({ top: 0 });
      isNew = false;
      measured("--cf-left", `${Math.max(0, Math.round(element.getBoundingClientRect().left))}px`);
      // What sticks to the top of a scrolling area sticks below the area's padding: Airflow's has some.
      measured("--cf-stick", `-${area ? getComputedStyle(area).paddingTop : "0px"}`);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return (
    <div className="cf" ref={root}>
      {children}
    </div>
  );
}

function Shell(): ReactElement {
  const [open, setOpen] = useState<"search" | "keys" | null>(null);
  const tour = useTour();
  const page = tabOf(useLocation().pathname).path;
  const close = useCallback(() => setOpen(null), []);
  const { preferences } = usePreferences();
  useEffect(() => switchKeys(preferences?.shortcuts ?? true), [preferences?.shortcuts]);
  useGlobalKeys({ search: () => setOpen("search"), keys: () => setOpen("keys") });
  return (
    <>
      <Bar onSearch={() => setOpen("search")} onKeys={() => setOpen("keys")} onTour={tour.start} />
      <main className="cf-page">
        <StaleBanner />
        <Boundary at={page}>
          <Suspense fallback={<div style={{ minHeight: "70vh" }} aria-busy="true" />}>
            <Routes>
              {[...TABS, SETTINGS].map(({ path, page: Page }) => (
                <Route key={path} path={path ? `${path}/*` : "*"} element={<Page />} />
              ))}
            </Routes>
          </Suspense>
        </Boundary>
      </main>
      <Palette open={open === "search"} onClose={close} />
      <KeyList open={open === "keys"} onClose={close} />
      {tour.runs && (
        <Suspense fallback={null}>
          <Tour onEnd={tour.end} />
        </Suspense>
      )}
    </>
  );
}
