/** What Airflow does with the bundles of a plugin, as its own page does it: see `ReactPlugin` and `BaseLayout` there. */
import { createElement, lazy, Suspense, useMemo, type ComponentType, type ReactElement } from "react";
import { createMemoryRouter, Outlet, useLocation, useParams } from "react-router-dom";

type Load = () => Promise<unknown>;
interface Bundle {
  name: string;
  load: Load;
  /** Whether what stands under the name by now is rendered in the place of what was loaded. */
  swaps: boolean;
}

function named(name: string): unknown {
  return (globalThis as Record<string, unknown>)[name];
}

function ReactPlugin({ name, load, swaps }: Bundle): ReactElement {
  useParams();
  const Loaded = useMemo(
    () =>
      lazy(() => {
        Object.assign(globalThis, { AirflowPlugin: undefined });
        return load().then(() => ({ default: named(name) as ComponentType }));
      }),
    [name, load],
  );
  const known = named(name);
  if (swaps && typeof known === "function") return createElement(known as ComponentType);
  return (
    <Suspense fallback={null}>
      <Loaded />
    </Suspense>
  );
}

function PluginPage({ load, swaps }: { load: Load; swaps: boolean }): ReactElement {
  return <ReactPlugin key={useLocation().pathname} name="CloudFlow" load={load} swaps={swaps} />;
}

export function airflow(bundles: { home: Load; main: Load }, path: string, { swaps = true } = {}): ReturnType<typeof createMemoryRouter> {
  const layout = (
    <>
      <ReactPlugin name="CloudFlowHome" load={bundles.home} swaps={swaps} />
      <Outlet />
    </>
  );
  return createMemoryRouter(
    [
      {
        path: "/",
        element: layout,
        loader: () => null,
        children: [
          { path: "plugin/:page/*", element: <PluginPage load={bundles.main} swaps={swaps} /> },
          { path: "dags", element: <p>Dags</p> },
        ],
      },
    ],
    { initialEntries: [path] },
  );
}
