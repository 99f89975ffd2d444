/** Fewer points for the same picture: of every bucket the lowest and the highest stay, in their order. */
export function thin<P extends object>(points: readonly P[], of: (point: P) => number | null | undefined, most = 300): readonly P[] {
  if (points.length <= most) return points;
  const buckets = Math.floor(most / 2);
  const width = points.length / buckets;
  const kept: P[] = [];
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    const some = points.slice(Math.floor(bucket * width), Math.floor((bucket + 1) * width));
    let low = 0;
    let high = 0;
    some.forEach((point, place) => {
      const value = of(point);
      if (value == null) return;
      if (value < (of(some[low] ?? point) ?? Infinity)) low = place;
      if (value > (of(some[high] ?? point) ?? -Infinity)) high = place;
    });
    for (const place of new Set([Math.min(low, high), Math.max(low, high)])) {
      const point = some[place];
      if (point) kept.push(point);
    }
  }
  return kept;
}

/** Times on an axis: hours within two days, days beyond. */
export function spanOf(points: readonly { at: string }[]): number {
  const [first, last] = [points[0], points.at(-1)];
  return first && last ? Date.parse(last.at) - Date.parse(first.at) : 0;
}
