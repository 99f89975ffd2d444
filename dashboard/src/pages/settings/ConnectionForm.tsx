import Button from "@mui/material/Button";
import { useState, type FormEvent, type ReactElement } from "react";
import { addCredential, replaceCredential, tryCredential } from "../../api/connections";
import { useMe } from "../../api/me";
import { KEYS, useWrite } from "../../api/queries";
import type { Credential } from "../../api/types";
import { Card, cloudName } from "../../ui/basics";
import { Refusal } from "../../ui/form";
import { Icon } from "../../ui/icons";
import { useToast } from "../../ui/toasts";
import { ConnectionFields } from "./ConnectionFields";
import { EMPTY, flawsOf, formOf, wishOf, CONTAINER, type ConnectionForm as Form, type Flaws } from "./connectionWish";
import { RemoveConnection } from "./RemoveConnection";

interface Props {
  /** The one to change; none makes a new one. */
  credential?: Credential;
  /** How many locations rest on it. */
  used?: number;
  onSaved?: (name: string, bucket: string) => void;
  onCancel?: () => void;
}

/** A new connection, or a kept one: its facts, and another secret in place of the old one. */
export function ConnectionForm({ credential, used = 0, onSaved, onCancel }: Props): ReactElement {
  const me = useMe();
  const [replacing, setReplacing] = useState(!credential);
  const [removing, setRemoving] = useState(false);
  if (credential && !replacing) {
    return (
      <Card title={credential.credential_id} sub={cloudName(credential.provider)}>
        <div className="cf-formbody">
          <Facts credential={credential} showOwner={Boolean(me.data?.is_admin)} />
        </div>
        {me.data?.can_write && (
          <div className="cf-formfoot">
            <Button startIcon={<Icon name="key" size={16} />} onClick={() => setReplacing(true)}>Replace the key…</Button>
            <span className="cf-grow" />
            <Button variant="text" color="error" onClick={() => setRemoving(true)}>Remove connection…</Button>
          </div>
        )}
        <RemoveConnection open={removing} credential={credential} used={used} onClose={() => setRemoving(false)} />
      </Card>
    );
  }
  const end = (): void => {
    if (credential) setReplacing(false);
    else onCancel?.();
  };
  return <Editor credential={credential} onSaved={onSaved} onEnd={end} />;
}

function Facts({ credential, showOwner }: { credential: Credential; showOwner: boolean }): ReactElement {
  const account = { s3: "Access key ID", azure: "Storage account", gcs: "Project", memory: "Account" }[credential.provider];
  return (
    <dl className="cf-pairs cf-widepairs">
      <dt>{account}</dt>
      <dd className={credential.account ? "cf-mono" : "cf-3"}>{credential.account ?? "–"}</dd>
      <dt>Secret</dt>
      <dd>Stored encrypted, never shown again</dd>
      <dt>Region</dt>
      <dd className={credential.region ? "cf-mono" : "cf-3"}>{credential.region ?? "–"}</dd>
      <dt>Endpoint</dt>
      <dd className={credential.endpoint_url ? "cf-mono" : undefined}>{credential.endpoint_url ?? `${cloudName(credential.provider)} itself`}</dd>
      {showOwner && (
        <>
          <dt>Owner</dt>
          <dd>{credential.owner}</dd>
        </>
      )}
    </dl>
  );
}

function Editor({ credential, onSaved, onEnd }: { credential: Credential | undefined; onSaved: Props["onSaved"]; onEnd: () => void }): ReactElement {
  const [form, setForm] = useState<Form>(() => (credential ? formOf(credential) : EMPTY));
  const [shown, setShown] = useState<Flaws>({});
  const [passed, setPassed] = useState(false);
  const toast = useToast();
  const test = useWrite(tryCredential, []);
  const save = useWrite(credential ? replaceCredential : addCredential, [KEYS.credentials]);
  const change = (next: Form): void => {
    setForm(next);
    setPassed(false);
    test.reset();
    save.reset();
    // Flaws that people were told about go away while they mend them; new ones wait for the next try.
    const still = flawsOf(next, "test");
    setShown((before) => Object.fromEntries(Object.entries(before).filter(([name]) => still[name as keyof Flaws])));
  };
  const good = (wants: "test" | "save"): boolean => {
    const flaws = flawsOf(form, wants);
    setShown(flaws);
    return Object.keys(flaws).length === 0;
  };
  const keep = (): void =>
    save.mutate(wishOf(form), {
      onSuccess: () => {
        toast({ title: credential ? `The key of ${form.name} was replaced` : `${form.name} was added`, note: "Its secret is stored encrypted." });
        if (credential) onEnd();
        else onSaved?.(form.name, form.bucket);
      },
    });
  const tryOut = (then: () => void): void => {
    if (good("test")) test.mutate({ ...wishOf(form), test_bucket: form.bucket }, { onSuccess: (check) => (check.ok ? then() : undefined) });
  };
  const refused = test.error ?? (test.data && !test.data.ok ? new Error(test.data.detail ?? "The store was not opened.") : null);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (passed) keep();
    else tryOut(keep);
  };
  const busy = test.isPending || save.isPending;
  return (
    <Card title={credential ? `Replace the key of ${credential.credential_id}` : "New connection"} sub={credential ? cloudName(credential.provider) : undefined}>
      <form noValidate onSubmit={submit}>
        <div className="cf-formbody">
          <ConnectionFields form={form} flaws={shown} isNew={!credential} onChange={change} />
          {passed && <p className="cf-check cf-ok" role="status"><Icon name="checkCircle" /> The key opens {CONTAINER[form.provider].toLowerCase()} {form.bucket} and lists it.</p>}
          <Refusal error={refused}>
            <Button variant="text" size="small" onClick={() => good("save") && keep()}>Save without the test</Button>
          </Refusal>
          <Refusal error={save.error} />
        </div>
        <div className="cf-formfoot">
          <Button type="submit" variant="contained" color="primary" loading={busy}>{passed ? "Save" : "Test and save"}</Button>
          <Button disabled={busy} onClick={() => tryOut(() => setPassed(true))}>Test only</Button>
          <Button variant="text" disabled={busy} onClick={onEnd}>Cancel</Button>
        </div>
      </form>
    </Card>
  );
}
