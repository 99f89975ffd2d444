/**
 * What a browser loads before the first page can be used, against the budget.
 *
 * Counted as it travels, gzipped: the entry, the overview, whatever these import at once, and the fonts.
 * Charts, the tour and the other pages come when they are asked for and have a budget of their own.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const FOLDER = join(import.meta.dirname, "../../plugins/cloudflow_plugin/static");
const FIRST = ["src/early.ts", "src/main.tsx", "src/home.tsx", "src/pages/Overview.tsx"];
const FIRST_LOAD_BUDGET = 300_000;
const LATER_BUDGET = 150_000;

const manifest = JSON.parse(readFileSync(join(FOLDER, ".vite/manifest.json"), "utf8"));
const zipped = (file) => gzipSync(readFileSync(join(FOLDER, file))).length;
const kilobytes = (size) => `${(size / 1000).toFixed(1)} kB`;

function withImports(key, found = new Set()) {
  const chunk = manifest[key];
  if (!chunk || found.has(key)) return found;
  found.add(key);
  for (const one of chunk.imports ?? []) withImports(one, found);
  return found;
}

const missing = FIRST.filter((key) => !(key in manifest));
if (missing.length) throw new Error(`not in the bundle: ${missing.join(", ")}`);
const first = new Set(FIRST.flatMap((key) => [...withImports(key)]));
for (const key of Object.keys(manifest)) if (key.endsWith(".woff2")) first.add(key);
const files = [...new Set([...first].map((key) => manifest[key].file))];
const firstLoad = files.reduce((sum, file) => sum + zipped(file), 0);
const later = Object.entries(manifest)
  .filter(([key, chunk]) => !first.has(key) && chunk.file.endsWith(".js"))
  .map(([, chunk]) => ({ file: chunk.file, size: zipped(chunk.file) }))
  .sort((a, b) => b.size - a.size);
const heaviest = later[0];

console.log(`first load ${kilobytes(firstLoad)} gzipped of ${kilobytes(FIRST_LOAD_BUDGET)}, heaviest later chunk ${heaviest ? kilobytes(heaviest.size) : "none"} of ${kilobytes(LATER_BUDGET)}`);
if (firstLoad > FIRST_LOAD_BUDGET || (heaviest?.size ?? 0) > LATER_BUDGET) {
  console.error("The dashboard outgrew its budget.");
  process.exitCode = 1;
}
