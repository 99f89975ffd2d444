import { lazy, Suspense, type ReactElement } from "react";

const App = lazy(() => import("./App"));

/** What Airflow renders on `/plugin/cloudflow/*`. It looks for it under the name of the react app. */
function CloudFlow(): ReactElement {
  return (
    <Suspense fallback={null}>
      <App />
    </Suspense>
  );
}

Object.assign(globalThis, { CloudFlow });

export default CloudFlow;
