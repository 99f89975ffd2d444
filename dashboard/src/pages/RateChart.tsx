import { useMemo, type ReactElement } from "react";
import { count, minute, clock, ticks } from "../format/format";
import { isFailure, type LiveEvent } from "../live/reducer";
import { useNow } from "../ui/useNow";

const BARS = 60;
const LIVE_SPAN_MS = 30 * 60_000;
const HEIGHT = 56;

/** Events over time, failures in red on top: plain SVG, painted again every five seconds at most. */
export function RateChart({ events, span }: { events: readonly LiveEvent[]; span: [number, number] | null }): ReactElement {
  const now = useNow();
  const [from, until] = span ?? [now - LIVE_SPAN_MS, now];
  const width = (until - from) / BARS;
  const bars = useMemo(() => {
    const found = Array.from({ length: BARS }, () => ({ all: 0, failed: 0 }));
    for (const event of events) {
      const bar = found[Math.floor((Date.parse(event.time) - from) / width)];
      if (!bar) continue;
      bar.all += 1;
      if (isFailure(event)) bar.failed += 1;
    }
    return found;
  }, [events, from, width]);
  const marks = ticks(Math.max(4, ...bars.map((bar) => bar.all)), 2);
  const top = marks.at(-1) ?? 1;
  const total = bars.reduce((sum, bar) => sum + bar.all, 0);
  const failed = bars.reduce((sum, bar) => sum + bar.failed, 0);
  return (
    <div style={{ display: "grid", gridTemplateColumns: "32px minmax(0, 1fr)", gap: 8, padding: "12px 16px 8px" }}>
      <div className="cf-num cf-3" style={{ height: HEIGHT, position: "relative", fontSize: 11, lineHeight: "12px" }} aria-hidden="true">
        {marks.map((mark) => (
          <span key={mark} style={{ position: "absolute", right: 0, bottom: (mark / top) * HEIGHT - 6 }}>{mark}</span>
        ))}
      </div>
      <div>
        <svg width="100%" height={HEIGHT} viewBox={`0 0 ${BARS} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`${count(total)} events, ${count(failed)} failures, in ${Math.round((until - from) / 60_000)} minutes`} style={{ display: "block", overflow: "visible" }}>
          {marks.map((mark) => (
            <line key={mark} x1={0} x2={BARS} y1={HEIGHT - (mark / top) * HEIGHT} y2={HEIGHT - (mark / top) * HEIGHT} stroke="var(--cf-line)" vectorEffect="non-scaling-stroke" />
          ))}
          {bars.map((bar, place) => (
            <g key={place}>
              <rect x={place + 0.06} width={0.88} y={HEIGHT - (bar.all / top) * HEIGHT} height={(bar.all / top) * HEIGHT} fill="var(--cf-bar)" opacity={0.6} />
              <rect x={place + 0.06} width={0.88} y={HEIGHT - (bar.all / top) * HEIGHT} height={(bar.failed / top) * HEIGHT} fill="var(--cf-error)" />
            </g>
          ))}
        </svg>
        <div className="cf-row cf-num cf-3" style={{ justifyContent: "space-between", fontSize: 11, lineHeight: "16px", paddingTop: 4 }} aria-hidden="true">
          {[0, 1, 2, 3].map((step) => (
            <span key={step}>{until - from < 600_000 ? clock(from + ((until - from) * step) / 3) : minute(from + ((until - from) * step) / 3)}</span>
          ))}
        </div>
      </div>
    </div>
  );
}
