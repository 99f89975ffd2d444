import { createRequire } from "node:module";
import type { Plugin } from "vite";

/** What Airflow's page already holds, and under which global name. A second React would break every hook. */
const GLOBALS: Record<string, string> = {
  react: "React",
  "react-dom": "ReactDOM",
  "react/jsx-runtime": "ReactJSXRuntime",
  "react-router-dom": "ReactRouterDOM",
};
const PREFIX = "\0host:";
const require = createRequire(import.meta.url);

/**
 * Replace React and the router by the host's own copies.
 *
 * Rollup's `external` with `globals` works for one-file UMD bundles only; this page is split into
 * chunks, so each of these modules becomes a small one that reads the global.
 */
export function hostGlobals(): Plugin {
  return {
    name: "cloudflow-host-globals",
    enforce: "pre",
    apply: "build", // tests and the page on a stand-in bring their own React
    resolveId: (id) => (id in GLOBALS ? PREFIX + id : null),
    load(id) {
      if (!id.startsWith(PREFIX)) return null;
      const name = id.slice(PREFIX.length);
      const exported = Object.keys(require(name) as object).filter((key) => /^[A-Za-z]\w*$/.test(key) && key !== "default");
      return [
        `const host = globalThis.${GLOBALS[name] ?? ""};`,
        "export default host;",
        ...exported.map((key) => `export const ${key} = host.${key};`),
      ].join("\n");
    },
  };
}
