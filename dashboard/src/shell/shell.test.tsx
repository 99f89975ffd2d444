import "../testing/browser";
import { act } from "react";
import { MemoryRouter, Route, Routes } from "react-router-dom";
import { expect, it, vi } from "vitest";
import App from "../App";
import { BASE } from "../stage";
import { testRoot } from "../testing/root";
import { TABS } from "./nav";

vi.mock("./nav", async (load) => {
  const nav: typeof import("./nav") = await load();
  const Breaks = (): never => {
    throw new Error("told");
  };
  const Works = (): string => "The page works";
  const pages: Record<string, () => never | string> = { files: Breaks, costs: Works };
  return { ...nav, TABS: nav.TABS.map((tab) => ({ ...tab, page: pages[tab.path] ?? tab.page })) };
});

it("a page that broke leaves the others as they are", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  vi.stubGlobal("WebSocket", class { close(): void { /* nothing was opened */ } });
  vi.stubGlobal("fetch", () => Promise.resolve(new Response("{}", { status: 404 })));
  const { holder, root } = testRoot();
  await act(async () => {
    root.render(<MemoryRouter initialEntries={[`${BASE}/files`]}><Routes><Route path={`${BASE}/*`} element={<App />} /></Routes></MemoryRouter>);
    await Promise.resolve();
  });
  expect(holder.textContent).toContain("This page broke");
  const link = [...holder.querySelectorAll("a")].find((one) => one.textContent.startsWith(TABS.find((tab) => tab.path === "costs")?.label ?? "-"));
  await act(async () => {
    link?.click();
    await Promise.resolve();
  });
  expect(holder.textContent).toContain("The page works");
});
