import Button from "@mui/material/Button";
import Dialog from "@mui/material/Dialog";
import FormControlLabel from "@mui/material/FormControlLabel";
import Switch from "@mui/material/Switch";
import type { ReactElement } from "react";
import { usePreferences } from "../api/me";
import { Kbd } from "../ui/basics";
import { SETTINGS, TABS } from "./nav";

const KEYS: readonly [string[], string][] = [
  [["Ctrl", "K"], "Search or jump to"],
  [["/"], "Go to the filter of this page"],
  [["J"], "Next row"],
  [["K"], "Previous row"],
  [["Enter"], "Open the row"],
  [["X"], "Select the row"],
  [["Shift", "A"], "Apply the selected moves"],
  [["E"], "Acknowledge the open alert"],
  [["Space"], "Pause or resume the events"],
  [["Esc"], "Close"],
  [["?"], "This list"],
  ...[...TABS, SETTINGS].map((tab): [string[], string] => [["G", tab.key.toUpperCase()], `Go to ${tab.label}`]),
];

export function KeyList({ open, onClose }: { open: boolean; onClose: () => void }): ReactElement {
  const { preferences, save } = usePreferences();
  return (
    <Dialog open={open} onClose={onClose} aria-labelledby="cf-keys">
      <div className="cf-dialog">
        <h2 id="cf-keys">Keys</h2>
        <div style={{ columnWidth: 220, columnGap: 32 }}>
          {KEYS.map(([keys, does]) => (
            <div className="cf-row" key={does} style={{ padding: "4px 0", breakInside: "avoid" }}>
              <span style={{ width: 78, display: "flex", gap: 4 }}>
                {keys.map((key) => (
                  <Kbd key={key}>{key}</Kbd>
                ))}
              </span>
              <span>{does}</span>
            </div>
          ))}
        </div>
        <div className="cf-row">
          <FormControlLabel
            control={
              <Switch size="small" checked={preferences?.shortcuts ?? true} onChange={(_, shortcuts) => save({ shortcuts })} />
            }
            label="Single keys work"
            slotProps={{ typography: { fontSize: 13 } }}
            sx={{ ml: 0, gap: 1 }}
          />
          <span className="cf-grow" />
          <Button onClick={onClose}>Close</Button>
        </div>
      </div>
    </Dialog>
  );
}
