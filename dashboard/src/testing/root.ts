import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { onTestFinished } from "vitest";

/** A place to draw in that ends with its test, however that ends. */
export function testRoot(): { holder: HTMLElement; root: Root } {
  const holder = document.createElement("div");
  const root = createRoot(holder);
  document.body.append(holder);
  onTestFinished(() => {
    act(() => root.unmount());
    holder.remove();
  });
  return { holder, root };
}
