import type { ReactElement } from "react";
import forms from "../theme/forms.css?inline";

/** The styles of forms, costs and alerts: they come with the first page that needs them. */
export function PageStyle(): ReactElement {
  return <style>{forms}</style>;
}
