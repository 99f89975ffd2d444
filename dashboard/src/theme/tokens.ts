/** The colours, by what they mean. Contrast figures stand with the design; change both together. */
export interface Tokens {
  page: string;
  card: string;
  sunken: string;
  hover: string;
  selected: string;
  line: string;
  edge: string;
  text: string;
  text2: string;
  text3: string;
  accent: string;
  fill: string;
  progress: string;
  track: string;
  ok: string;
  okSoft: string;
  warn: string;
  warnSoft: string;
  error: string;
  errorSoft: string;
  info: string;
  hot: string;
  warm: string;
  cold: string;
  p50: string;
  p95: string;
  p99: string;
  tip: string;
  tipText: string;
  bar: string;
  shadow: string;
}

export const LIGHT: Tokens = {
  page: "#FFFFFF",
  card: "#FFFFFF",
  sunken: "#F5F7FA",
  hover: "#EEF1F6",
  selected: "#EEEDFC",
  line: "#E3E8F0",
  edge: "#7D889E",
  text: "#1A2233",
  text2: "#4A556C",
  text3: "#5F6A82",
  accent: "#4F46D6",
  fill: "#4F46D6",
  progress: "#4F46D6",
  track: "#E6EAF1",
  ok: "#14784A",
  okSoft: "#E4F5EC",
  warn: "#8F5A00",
  warnSoft: "#FDF2DC",
  error: "#C02637",
  errorSoft: "#FDEBED",
  info: "#1B68B3",
  hot: "#B8331A",
  warm: "#BF8200",
  cold: "#2E7FC6",
  p50: "#8880E4",
  p95: "#7A72E2",
  p99: "#3A31B0",
  tip: "#1A2233",
  tipText: "#F4F6FA",
  bar: "#7D889E",
  shadow: "0 8px 28px rgba(26, 34, 51, 0.16)",
};

export const DARK: Tokens = {
  page: "#161D2D",
  card: "#1B2436",
  sunken: "#141B2A",
  hover: "#243049",
  selected: "#252A4B",
  line: "#2C374D",
  edge: "#76839D",
  text: "#E8ECF4",
  text2: "#A6B1C6",
  text3: "#909CB4",
  accent: "#ABA5FF",
  fill: "#6A60EE",
  progress: "#8780F4",
  track: "#2A354C",
  ok: "#4CC38A",
  okSoft: "#17352F",
  warn: "#F0B64A",
  warnSoft: "#3A3020",
  error: "#FF8087",
  errorSoft: "#41232F",
  info: "#6CB6F5",
  hot: "#EE6742",
  warm: "#FCD27A",
  cold: "#62B2F4",
  p50: "#7C77CF",
  p95: "#8F88F5",
  p99: "#D3D0FF",
  tip: "#33405C",
  tipText: "#F1F4FA",
  bar: "#76839D",
  shadow: "0 8px 28px rgba(0, 0, 0, 0.5)",
};

function declarations(tokens: Tokens): string {
  return Object.entries(tokens)
    .map(([name, value]) => `--cf-${name}:${String(value)};`)
    .join("");
}

/** Both sets as CSS variables that follow the class `dark` on `<html>`, as Airflow sets it. */
export const TOKEN_CSS = `:root{${declarations(LIGHT)}}:root.dark{${declarations(DARK)}}`;
