/** A stand-in for Airflow's page: its bar, its scrolling area, its router and its class on <html>. */
import { createRoot } from "react-dom/client";
import { BrowserRouter, Navigate, Route, Routes } from "react-router-dom";
import CloudFlow from "../src/main";

const dark = new URLSearchParams(window.location.search).has("dark") || matchMedia("(prefers-color-scheme: dark)").matches;
document.documentElement.classList.add(dark ? "dark" : "light");

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <BrowserRouter>
      <nav className="host" aria-label="Host" />
      <div className="host" style={{ flex: 1, minWidth: 0, height: "100%", overflow: "auto", padding: 4, boxSizing: "border-box" }}>
        <Routes>
          <Route path="/plugin/cloudflow/*" element={<CloudFlow />} />
          <Route path="*" element={<Navigate to="/plugin/cloudflow" replace />} />
        </Routes>
      </div>
    </BrowserRouter>,
  );
}
