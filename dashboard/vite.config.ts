import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { hostGlobals } from "./build/hostGlobals";

/** What goes into one file whoever asks for it. A file of some hundred bytes costs a page as much time as one of ten thousand. */
function chunkOf(id: string): string | undefined {
  if (/\/src\/(base|api\/early)\.ts$/.test(id)) return "questions"; // of all files the one that needs nothing of Airflow's
  if (id.startsWith("\0host:") || id.includes("vite/preload-helper") || /\/src\/(stage|ready)\.ts$/.test(id)) return "host";
  return /\/src\/(ui|api|format)\/|\/src\/charts\/Chart\.tsx$|\/src\/pages\/(PageHead|\w+Math)\.tsx?$/.test(id) ? "base" : undefined;
}

// Airflow imports `main.js` for the page and `home.js` on every page, as ES modules. Everything else has a hash in its name and is
// found relative to the chunk that asks for it, so that it works behind any base path.
export default defineConfig({
  base: "./",
  plugins: [hostGlobals(), react()],
  build: {
    outDir: "../plugins/cloudflow_plugin/static",
    emptyOutDir: true,
    manifest: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 450,
    rollupOptions: {
      input: { early: "src/early.ts", main: "src/main.tsx", home: "src/home.tsx" },
      preserveEntrySignatures: "allow-extension",
      output: {
        format: "es",
        entryFileNames: "[name].js",
        chunkFileNames: "chunks/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
        // Chunks must never import main.js or home.js: asked for under another URL they would run twice. Nor may the stage.
        manualChunks: chunkOf,
      },
    },
  },
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}"], setupFiles: "src/testing/afresh.ts", isolate: false, testTimeout: 30_000 },
} as Parameters<typeof defineConfig>[0]);
