import Button from "@mui/material/Button";
import Dialog from "@mui/material/Dialog";
import { useId, useState, type FormEvent, type ReactElement } from "react";
import { saveLimits, USERS, type User, type UsualLimits } from "../../api/users";
import { useWrite } from "../../api/queries";
import { Refusal, TextField } from "../../ui/form";
import { useToast } from "../../ui/toasts";
import { flawsOfLimits, formOf, limitsOf, usualHints } from "./limitsWish";

/** How much one person may send, keep and change. */
export function LimitsDialog({ user, usual, onClose }: { user: User; usual: UsualLimits; onClose: () => void }): ReactElement {
  const id = useId();
  const [form, setForm] = useState(() => formOf(user.limits));
  const [tried, setTried] = useState(false);
  const toast = useToast();
  const save = useWrite(saveLimits, [USERS]);
  const hints = usualHints(usual);
  const flaws = flawsOfLimits(form);
  const shown = tried ? flaws : {};
  const set = (name: keyof typeof form) => (value: string) => setForm({ ...form, [name]: value });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(flaws).length) return;
    save.mutate(
      { user: user.user, limits: limitsOf(form) },
      {
        onSuccess: () => {
          toast({ title: `Limits of ${user.user} saved`, note: "They hold from the next request on." });
          onClose();
        },
      },
    );
  };
  return (
    <Dialog open onClose={onClose} aria-labelledby={id} slotProps={{ paper: { sx: { width: 560 } } }}>
      <form className="cf-dialog" noValidate onSubmit={submit}>
        <h2 id={id}>Limits of {user.user}</h2>
        <div className="cf-form">
          <TextField label="All files together" value={form.storage} onChange={set("storage")} error={shown.storage} hint={hints.storage} type="number" min={0} step="any" unit="GB" width={180} />
          <TextField label="One file" value={form.upload} onChange={set("upload")} error={shown.upload} hint={hints.upload} type="number" min={0} step="any" unit="GB" width={180} />
          <TextField label="Uploads" value={form.uploads} onChange={set("uploads")} error={shown.uploads} hint={hints.uploads} type="number" min={1} step={1} unit="a minute" width={180} />
          <TextField label="Changes" value={form.writes} onChange={set("writes")} error={shown.writes} hint={hints.writes} type="number" min={1} step={1} unit="a minute" width={180} />
        </div>
        <p className="cf-meta cf-2">What is there stays there, even beyond a limit; only new uploads are refused.</p>
        <Refusal error={save.error} />
        <div className="cf-row">
          <span className="cf-grow" />
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="contained" color="primary" loading={save.isPending}>Save limits</Button>
        </div>
      </form>
    </Dialog>
  );
}
