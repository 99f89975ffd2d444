import IconButton from "@mui/material/IconButton";
import Tooltip from "@mui/material/Tooltip";
import { Fragment, type ReactElement } from "react";
import { bytes, exactTime, millis } from "../format/format";
import { shortType, type LiveEvent } from "../live/reducer";
import { Card, Tip } from "../ui/basics";
import { Icon } from "../ui/icons";
import { copied, useToast } from "../ui/toasts";
import { useFocusBack } from "../ui/useFocusBack";
import { CloseButton, EventLinks } from "./Events";

/** One event as it is: when, where in the topic, and its JSON. */
export function EventDetail({ event, onClose, onOnlyFile }: { event: LiveEvent; onClose: () => void; onOnlyFile: (file: string) => void }): ReactElement {
  const toast = useToast();
  useFocusBack();
  const body = { id: event.id, type: event.type, time: event.time, subject: event.subject, user: event.user, data: event.data };
  const text = JSON.stringify(body, null, 2);
  const delay = event.receivedAt - Date.parse(event.time);
  return (
    <Card
      title={<span className="cf-mono cf-strong">{shortType(event.type)}</span>}
      label="Event"
      side={
        <span className="cf-row" style={{ marginLeft: "auto", gap: 0 }}>
          <Tooltip title="Copy the JSON">
            <IconButton size="small" aria-label="Copy the JSON" onClick={() => void copied(text, "JSON").then(toast)}>
              <Icon name="copy" size={16} />
            </IconButton>
          </Tooltip>
          <CloseButton onClose={onClose} />
        </span>
      }
    >
      <div className="cf-cardbody cf-stack" style={{ gap: 12 }}>
        <dl className="cf-pairs" style={{ gridTemplateColumns: "80px minmax(0, 1fr)" }}>
          <dt>Time</dt>
          <dd className="cf-num">{exactTime(event.time, true)}</dd>
          <dt><Tip word="topic"><span>Topic</span></Tip></dt>
          <dd className="cf-mono">{event.topic || "–"}</dd>
          {event.position && (
            <>
              <dt><Tip word="position"><span>Position</span></Tip></dt>
              <dd className="cf-mono">{event.position}</dd>
            </>
          )}
          {event.receivedAt > 0 && delay >= 0 && delay < 600_000 && (
            <>
              <dt><Tip word="delay"><span>Delay</span></Tip></dt>
              <dd className="cf-num">{millis(delay)}</dd>
            </>
          )}
        </dl>
        {/* A scrollable region has to be reachable by keyboard. */}
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <pre className="cf-json cf-mono" tabIndex={0} aria-label="The event as JSON">
          {text.split("\n").map((line, place) => (
            <Fragment key={place}>{painted(line)}{"\n"}</Fragment>
          ))}
        </pre>
        <EventLinks event={event} onOnlyFile={onOnlyFile} />
      </div>
    </Card>
  );
}

/** Names in grey, numbers and words of JSON in the accent; strings stay as they are. */
function painted(line: string): ReactElement {
  const found = /^(\s*)("(?:[^"\\]|\\.)*":)?(\s*)(.*?)(,?)$/.exec(line);
  if (!found) return <>{line}</>;
  const [, indent, name, gap, value, comma] = found;
  return (
    <>
      {indent}
      {name && <span>{name}</span>}
      {gap}
      {/^(-?\d|true|false|null)/.test(value ?? "") ? <i>{value}</i> : value}
      {comma}
    </>
  );
}

/** The one thing about an event that is worth a column. */
export function summaryOf(event: LiveEvent): string {
  const { data } = event;
  if (typeof data["error"] === "string") return data["error"];
  if (typeof data["state"] === "string") return data["state"].replace("_", " ");
  if (typeof data["before"] === "string" && typeof data["after"] === "string") return `${data["before"]} to ${data["after"]}`;
  if (typeof data["done"] === "number") return `${data["done"]} done, ${typeof data["failed"] === "number" ? data["failed"] : 0} failed`;
  if (typeof data["size_bytes"] === "number") return bytes(data["size_bytes"]);
  return typeof data["title"] === "string" ? data["title"] : "";
}
