/** A stand-in for Airflow's page: its bar, its scrolling area, its router and its class on <html>. */
import { createRoot } from "react-dom/client";
import type { ReactElement } from "react";
import { BrowserRouter, Navigate, Route, Routes, useLocation } from "react-router-dom";
import CloudFlowHome from "../src/home";
import CloudFlow from "../src/main";

/** As Airflow does it: anew with every path. */
function Page(): ReactElement {
  return <CloudFlow key={useLocation().pathname} />;
}

const dark = new URLSearchParams(window.location.search).has("dark") || matchMedia("(prefers-color-scheme: dark)").matches;
document.documentElement.classList.add(dark ? "dark" : "light");

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <BrowserRouter>
      <nav className="host" aria-label="Host" />
      <div className="host" style={{ flex: 1, minWidth: 0, height: "100%", overflow: "auto", padding: 4, boxSizing: "border-box" }}>
        <CloudFlowHome />
        <Routes>
          <Route path="/plugin/cloudflow/*" element={<Page />} />
          <Route path="*" element={<Navigate to="/plugin/cloudflow" replace />} />
        </Routes>
      </div>
    </BrowserRouter>,
  );
}
