import Button from "@mui/material/Button";
import type { ReactElement } from "react";
import { useNavigate } from "react-router-dom";
import { removeCredential } from "../../api/connections";
import { KEYS, useWrite } from "../../api/queries";
import type { Credential } from "../../api/types";
import { plural } from "../../format/format";
import { to } from "../../shell/nav";
import { Confirm } from "../../ui/Confirm";
import { useToast } from "../../ui/toasts";

export function RemoveConnection({ open, credential, used, onClose }: { open: boolean; credential: Credential; used: number; onClose: () => void }): ReactElement {
  const remove = useWrite(removeCredential, [KEYS.credentials]);
  const navigate = useNavigate();
  const toast = useToast();
  const name = credential.credential_id;
  const go = (): void =>
    remove.mutate(name, {
      onSuccess: () => {
        toast({ title: `${name} was removed`, note: "Its secret is gone from here. The key itself still works at the cloud: revoke it there." });
        onClose();
        void navigate(to("settings/connections"));
      },
    });
  return (
    <Confirm open={open} title={`Remove ${name}?`} onClose={onClose} error={remove.error} actions={<Button variant="contained" color="error" loading={remove.isPending} disabled={used > 0} onClick={go}>Remove {name}</Button>}>
      {used > 0 ? (
        <p>{plural(used, "location")} {used === 1 ? "rests" : "rest"} on it. Remove {used === 1 ? "it" : "them"} first, or replace the key instead.</p>
      ) : (
        <p>CloudFlow forgets its secret and cannot open this cloud any more. Nothing in the cloud is touched.</p>
      )}
    </Confirm>
  );
}
