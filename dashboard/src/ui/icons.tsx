import type { ReactElement } from "react";

const PATHS = {
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM20.5 20.5 16 16",
  close: "M6 6l12 12M18 6 6 18",
  down: "M6 9.5l6 6 6-6",
  right: "M9.5 6l6 6-6 6",
  left: "M14.5 6l-6 6 6 6",
  arrow: "M4 12h15M13 6l6 6-6 6",
  sortDown: "M12 5v14M6.5 13.5 12 19l5.5-5.5",
  sortUp: "M12 19V5M6.5 10.5 12 5l5.5 5.5",
  help: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM9.4 9.3a2.7 2.7 0 0 1 5.2.9c0 1.8-2.6 2.2-2.6 3.9M12 17.2v.1",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 11v5.5M12 7.6v.1",
  gear: "M12 15.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4ZM10.2 3.5h3.6l.5 2.4 1.7 1 2.3-.8 1.8 3.1-1.8 1.6v2.4l1.8 1.6-1.8 3.1-2.3-.8-1.7 1-.5 2.4h-3.6l-.5-2.4-1.7-1-2.3.8-1.8-3.1 1.8-1.6v-2.4L3.9 9.200l1.8-3.1 2.3.8 1.7-1Z",
  bell: "M18 9.500a6 6 0 0 0-12 0c0 6-2.5 7.5-2.5 7.500h17s-2.5-1.5-2.5-7.500M13.8 20.500a2 2 0 0 1-3.6 0",
  checkCircle: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8 12.300l2.8 2.800L16 9.5",
  alert: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7.500v5.500M12 16.400v.1",
  warning: "M12 4 2.8 20h18.400ZM12 10v4.500M12 17.300v.1",
  upload: "M12 16V4.500M7 9l5-5 5 5M4 15v4.500h16V15",
  download: "M12 4v11.500M7 11l5 5 5-5M4 15v4.500h16V15",
  pause: "M8.5 5.500v13M15.5 5.500v13",
  play: "M7.5 5l11 7-11 7Z",
  history: "M4 12a8 8 0 1 0 2.6-5.900L4 8.500M4 4v4.500h4.500M12 7.500V12l3.2 2",
  copy: "M9 9h10.500v10.500H9ZM15 9V4.500H4.500V15H9",
  plus: "M12 5v14M5 12h14",
  filter: "M4 7h16M7 12h10M10 17h4",
  more: "M5.5 12v.1M12 12v.1M18.5 12v.1",
  inbox: "M4 4.500h16v15H4ZM4 14h4.500a3.5 3.5 0 0 0 7 0H20",
  cloudOff: "M3.5 3.500l17 17M7 8.500A4.5 4.5 0 0 0 6.5 18H18M10.5 6.600A6 6 0 0 1 18 11.500a3.5 3.5 0 0 1 2.7 5.1",
  cloud: "M7 18.500a4.5 4.5 0 0 1-.6-8.960A6 6 0 0 1 18 10.500a4 4 0 0 1 0 8M12 11v8M9 16.200l3 3 3-3",
  external: "M14 4.500h5.500V10M19 5l-8.5 8.500M17.5 14v5.500h-13v-13H10",
  key: "M14.5 13a4.5 4.5 0 1 0-4.3-3.200L4 16v4h4l.5-2.5 2.5-.5.5-2.5 1.6-1.600a4.5 4.5 0 0 0 1.4.1ZM15.5 8.500v.1",
  folder: "M3.5 6h6l2 2.500h9v10.500h-17Z",
  table: "M4 5h16v14H4ZM4 10h16M10 10v9",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18, color }: { name: IconName; size?: number; color?: string }): ReactElement {
  return (
    <svg className="cf-icon" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true" focusable="false" style={color ? { color } : undefined}>
      <path d={PATHS[name]} />
    </svg>
  );
}

/** A triangle, a circle, a square: tiers are told apart without colour. */
export function TierShape({ tier, size = 10 }: { tier: "hot" | "warm" | "cold"; size?: number }): ReactElement {
  const color = `var(--cf-${tier})`;
  return (
    <svg width={size} height={size} viewBox="0 0 10 10" aria-hidden="true" focusable="false">
      {tier === "hot" && <path d="M5 .5 9.8 9.500H.2Z" fill={color} />}
      {tier === "warm" && <circle cx="5" cy="5" r="4.5" fill={color} />}
      {tier === "cold" && <rect x=".8" y=".8" width="8.4" height="8.4" rx=".8" fill={color} />}
    </svg>
  );
}
