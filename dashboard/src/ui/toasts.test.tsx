import { act, type ReactElement } from "react";
import { createRoot } from "react-dom/client";
import { expect, test } from "vitest";
import "../testing/browser";
import "../testing/page";
import { Toasts, useToast, type Toast } from "./toasts";

let tell: (toast: Toast) => void = () => undefined;
function Teller(): ReactElement | null {
  tell = useToast();
  return null;
}

test("an error stays until it is closed, whatever else is told", () => {
  const holder = document.createElement("div");
  const root = createRoot(holder);
  act(() => root.render(<Toasts><Teller /></Toasts>));
  act(() => {
    tell({ kind: "error", title: "Not saved" });
    for (const title of ["one", "two", "three"]) tell({ title });
  });
  expect([...holder.querySelectorAll(".cf-toast")].map((one) => one.textContent)).toEqual(["Not saved", "two", "three"]);
  act(() => root.unmount());
});
