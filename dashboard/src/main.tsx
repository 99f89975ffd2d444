import { useLayoutEffect, useRef, type ReactElement } from "react";
import { stage } from "./stage";

/** What Airflow renders on `/plugin/cloudflow/*`, under the name of the react app: the place for the page. */
function CloudFlow(): ReactElement {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => (place.current ? stage.enter(place.current) : undefined), []);
  return <div ref={place} style={{ display: "contents" }} />;
}

Object.assign(globalThis, { CloudFlow });

export default CloudFlow;
