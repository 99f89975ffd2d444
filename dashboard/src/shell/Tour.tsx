import Button from "@mui/material/Button";
import { useMemo, type ReactElement } from "react";
import { Joyride, STATUS, type EventData, type Step, type TooltipRenderProps } from "react-joyride";

const STOPS: readonly [string, string, string][] = [
  ['[data-tour="tabs"], [data-tour="section"]', "Find your way", "Tabs follow the work: see, decide, move, check."],
  ['[data-tour="strip"]', "How things stand", "What could move, what you keep, and what moves now. Review opens the moves behind the first figure."],
  ['[data-tour="bytes"]', "Where your bytes are", "By tier and by cloud. Hot is costly to keep and cheap to read, cold the reverse."],
  ['[data-tour="decide"]', "Decide", "Each move says why. Apply shows files, bytes and price before anything starts."],
  ['[data-tour="moving"]', "Watch it move", "Five steps. Originals stay until the copy is verified."],
  ['[data-tour="latest"]', "See everything", "Every event as it happens: pause, filter, replay from a time."],
  ['[data-tour="upload"]', "Bring your own files", "Drop files anywhere on this page. They start as warm and show up by themselves."],
  ['[data-tour="search"], [data-tour="help"]', "Go faster", "Ctrl K finds any file; ? lists keys. This tour waits here, under Help."],
];

function visible(selectors: string): string | null {
  for (const selector of selectors.split(", ")) {
    const element = document.querySelector<HTMLElement>(selector);
    if (element && element.offsetParent !== null) return selector;
  }
  return null;
}

/** The guided tour over what is on the page now; the caller remembers that it was seen. */
export default function Tour({ onEnd }: { onEnd: () => void }): ReactElement {
  const steps = useMemo(
    () =>
      STOPS.flatMap(([target, title, content]): Step[] => {
        const found = visible(target);
        return found ? [{ target: found, title, content, skipBeacon: true, placement: "auto" }] : [];
      }),
    [],
  );
  const onEvent = (data: EventData): void => {
    if (data.status === STATUS.FINISHED || data.status === STATUS.SKIPPED) onEnd();
  };
  return (
    <Joyride
      run
      continuous
      steps={steps}
      onEvent={onEvent}
      locale={{ back: "Back", last: "Done", next: "Next", skip: "Skip tour" }} // their accessible names: what they show
      tooltipComponent={Stop}
      options={{ zIndex: 1700, overlayColor: "rgba(16, 22, 36, 0.5)", arrowColor: "var(--cf-card)", spotlightPadding: 6, spotlightRadius: 8, skipScroll: false, scrollOffset: 80 }}
    />
  );
}

function Stop({ index, size, step, backProps, primaryProps, skipProps, tooltipProps, isLastStep }: TooltipRenderProps): ReactElement {
  return (
    <div {...tooltipProps} className="cf-dialog" style={{ width: 344, maxWidth: "calc(100vw - var(--cf-left, 0px) - 24px)", padding: 16, gap: 4, background: "var(--cf-card)", border: "1px solid var(--cf-line)", borderRadius: 12, boxShadow: "var(--cf-shadow)" }}>
      <span className="cf-meta cf-2">
        {index + 1} of {size}
      </span>
      <h2>{step.title}</h2>
      <p className="cf-2">{step.content}</p>
      <div className="cf-row" style={{ marginTop: 12 }}>
        {!isLastStep && (
          <Button {...skipProps} variant="text" size="small" sx={{ color: "var(--cf-text2)", ml: -1 }}>
            Skip tour
          </Button>
        )}
        <span className="cf-grow" />
        {index > 0 && <Button {...backProps}>Back</Button>}
        <Button {...primaryProps} variant="contained" color="primary">
          {isLastStep ? "Done" : "Next"}
        </Button>
      </div>
    </div>
  );
}
