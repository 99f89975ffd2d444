import Button from "@mui/material/Button";
import Menu from "@mui/material/Menu";
import MenuItem from "@mui/material/MenuItem";
import { useState, type ReactElement } from "react";
import { RULES, silenceRule, type Rule } from "../../api/alerts";
import { useWrite } from "../../api/queries";
import { exactMinute } from "../../format/format";
import { useNow } from "../../ui/useNow";
import { useToast } from "../../ui/toasts";
import { silentUntil } from "./signals";

const SPANS = [
  { minutes: 60, label: "1 hour" },
  { minutes: 480, label: "8 hours" },
  { minutes: 1440, label: "1 day" },
  { minutes: 10_080, label: "7 days" },
];

/** Let a rule say nothing for a while; what fires still then is told afterwards. */
export function MuteRule({ rule, small = false }: { rule: Rule; small?: boolean }): ReactElement {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const toast = useToast();
  const silence = useWrite(silenceRule, [RULES]);
  const until = silentUntil(rule, useNow());
  const mute = (minutes: number): void => {
    setAnchor(null);
    silence.mutate(
      { ruleId: rule.rule_id, minutes, reason: "" },
      {
        onSuccess: () => toast({ title: `"${rule.name}" is muted`, note: "What still fires then is told when it is over." }),
        onError: (error) => toast({ kind: "error", title: "Not muted", note: error.message }),
      },
    );
  };
  if (until) return <span className="cf-meta cf-2">Muted until {exactMinute(until)}</span>;
  return (
    <>
      <Button size={small ? "small" : "medium"} variant={small ? "text" : "outlined"} loading={silence.isPending} aria-haspopup="menu" aria-expanded={Boolean(anchor)} aria-label={`Mute for… ${rule.name}`} onClick={(event) => setAnchor(event.currentTarget)}>Mute for…</Button>
      <Menu anchorEl={anchor} open={Boolean(anchor)} onClose={() => setAnchor(null)}>
        {SPANS.map((span) => (
          <MenuItem key={span.minutes} onClick={() => mute(span.minutes)}>{span.label}</MenuItem>
        ))}
      </Menu>
    </>
  );
}
