import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { standIn } from "./mock/server";

/** The page against a stand-in for the API, for looking at it while it is built. Nothing of this is in the bundle. */
const api: Plugin = {
  name: "cloudflow-stand-in",
  configureServer: (server) => standIn(server.middlewares, server.httpServer),
};

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), api],
  cacheDir: "../node_modules/.vite-dev",
  server: { host: "127.0.0.1", port: 5188, strictPort: true },
});
