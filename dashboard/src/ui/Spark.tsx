import type { ReactElement } from "react";

/** A trend without axes, in plain SVG: lists need no chart library. */
export function Spark({ values, label, width = 86, height = 28 }: { values: readonly number[]; label: string; width?: number; height?: number }): ReactElement | null {
  if (values.length < 2) return null;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (place: number): number => 2 + (place / (values.length - 1)) * (width - 6);
  const y = (value: number): number => height - 4 - ((value - low) / (high - low || 1)) * (height - 8);
  const points = values.map((value, place) => `${x(place).toFixed(1)},${y(value).toFixed(1)}`);
  return (
    <svg className="cf-spark" width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      <polyline points={points.join(" ")} fill="none" stroke="var(--cf-text2)" strokeWidth="1.25" />
      <circle cx={x(values.length - 1)} cy={y(values.at(-1) ?? 0)} r="2" fill="var(--cf-text2)" />
    </svg>
  );
}
