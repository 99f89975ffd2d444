import { act, useEffect, useState, type ReactElement } from "react";
import { expect, it, vi } from "vitest";
import "../testing/browser";
import { testRoot } from "../testing/root";
import { Boundary } from "./Boundary";

function Breaks(): ReactElement {
  const [count, setCount] = useState(0);
  useEffect(() => Promise.resolve() as unknown as undefined, [count]);
  return <button type="button" onClick={() => setCount(1)}>{count}</button>;
}

it("an effect that ends badly breaks its own page, not the whole of Airflow", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const { holder, root } = testRoot();
  await act(async () => { root.render(<Boundary><Breaks /></Boundary>); await Promise.resolve(); });
  await act(async () => { holder.querySelector("button")?.click(); await Promise.resolve(); });
  expect(holder.textContent).toContain("This page broke");
});
