import inter from "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2?url";
import mono from "@fontsource-variable/jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2?url";

// Names of our own: Airflow may load another cut of the same fonts.
export const FONT_CSS = [
  `@font-face{font-family:"CloudFlow Inter";src:url(${JSON.stringify(inter)}) format("woff2");font-weight:100 900;font-display:swap}`,
  `@font-face{font-family:"CloudFlow Mono";src:url(${JSON.stringify(mono)}) format("woff2");font-weight:100 800;font-display:swap}`,
].join("");
