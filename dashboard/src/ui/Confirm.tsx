import Button from "@mui/material/Button";
import Dialog from "@mui/material/Dialog";
import { useId, type ReactElement, type ReactNode } from "react";
import { Refusal } from "./form";

/** A question before something that cannot be taken back with one click: what it means, and what stays. */
export function Confirm(props: { open: boolean; title: string; children: ReactNode; actions: ReactNode; error: Error | null; onClose: () => void }): ReactElement {
  const id = useId();
  return (
    <Dialog open={props.open} onClose={props.onClose} aria-labelledby={id} slotProps={{ paper: { sx: { width: 480 } } }}>
      <div className="cf-dialog">
        <h2 id={id}>{props.title}</h2>
        <div className="cf-2">{props.children}</div>
        <Refusal error={props.error} />
        <div className="cf-row">
          <span className="cf-grow" />
          <Button onClick={props.onClose}>Cancel</Button>
          {props.actions}
        </div>
      </div>
    </Dialog>
  );
}
