import { act, type ReactElement } from "react";
import { expect, test } from "vitest";
import "../testing/browser";
import { testRoot } from "../testing/root";
import { Toasts, useToast, type Toast } from "./toasts";

let tell: (toast: Toast) => void = () => undefined;
function Teller(): ReactElement | null {
  tell = useToast();
  return null;
}

test("an error stays until it is closed, whatever else is told", () => {
  const { holder, root } = testRoot();
  act(() => root.render(<Toasts><Teller /></Toasts>));
  act(() => {
    tell({ kind: "error", title: "Not saved" });
    for (const title of ["one", "two", "three"]) tell({ title });
  });
  expect([...holder.querySelectorAll(".cf-toast")].map((one) => one.textContent)).toEqual(["Not saved", "two", "three"]);
});
