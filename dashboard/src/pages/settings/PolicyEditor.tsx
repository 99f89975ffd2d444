import Button from "@mui/material/Button";
import { useState, type FormEvent, type ReactElement } from "react";
import { useNavigate } from "react-router-dom";
import { POLICIES, previewPolicy, removePolicy, runPolicy, savePolicy, type Policy, type PolicyBody, type PolicyPreview } from "../../api/policies";
import { useLocations, useWrite } from "../../api/queries";
import { bytes, count, GB, gigabytes, money, plural } from "../../format/format";
import { to } from "../../shell/nav";
import { Card, Path, TIERS, tierName } from "../../ui/basics";
import { Confirm } from "../../ui/Confirm";
import { ChoiceField, Refusal, SelectField, TextField, Tick } from "../../ui/form";
import { useToast } from "../../ui/toasts";
import { useOpened } from "../../ui/useOpened";
import type { Word } from "../../words";

const START: PolicyBody = { name: "", kind: "idle", location_id: null, prefix: "", idle_days: 60, most_reads: null, destination_location: null, destination_tier: "cold", pays_back_days: 30, limits: { files: 1000, size_bytes: 1024 * GB, usd: 50 }, enabled: true };
const KINDS = [
  { value: "idle", title: "Files nobody reads", note: "Untouched for so many days." },
  { value: "recommended", title: "Recommended moves", note: "That pay back soon enough." },
] as const;
const SHOWN = 50;

/** What should move, within which limits, and what that would be now. */
export function PolicyEditor({ policy, canWrite }: { policy: Policy | null; canWrite: boolean }): ReactElement {
  const [body, setBody] = useState<PolicyBody>(() => (policy ? bodyOf(policy) : START));
  /** How often the form was filled in anew: its numbers are kept as they are typed. */
  const [filled, setFilled] = useState(0);
  const [tried, setTried] = useState(false);
  const [removing, setRemoving] = useState(false);
  const toast = useToast();
  const navigate = useNavigate();
  const save = useWrite(savePolicy, [POLICIES]);
  const remove = useWrite(removePolicy, [POLICIES], () => {
    toast({ title: `"${policy?.name ?? ""}" was removed` });
    void navigate(to("settings/rules"));
  });
  const run = useWrite(runPolicy, []);
  const preview = useWrite(previewPolicy, []);
  const change = (next: Partial<PolicyBody>): void => {
    setBody({ ...body, ...next });
    preview.reset();
  };
  const { opened, setOpened, onError, theirs } = useOpened(policy, save, (now) => {
    change(bodyOf(now));
    setFilled(filled + 1);
  });
  const isChanged = policy !== null && JSON.stringify(body) !== JSON.stringify(bodyOf(policy));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (!body.name.trim() || !isWhole(body)) return;
    save.mutate({ opened, body }, {
      onError,
      onSuccess: (kept) => {
        toast({ title: `"${kept.name}" was saved`, note: kept.enabled ? "It runs every night." : "It is switched off." });
        if (policy) setOpened(kept);
        else void navigate(to(`settings/rules/${encodeURIComponent(kept.policy_id)}`));
      },
    });
  };
  const start = (kept: Policy): void => run.mutate(kept.policy_id, { onSuccess: (started) => toast({ title: `"${kept.name}" runs`, note: "Beyond its limits it asks first.", action: { label: "Logs", run: () => window.open(started.run_url, "_blank", "noopener") } }) });
  return (
    <Card title={policy ? policy.name : "New rule"}>
      <form noValidate onSubmit={submit}>
        <fieldset className="cf-fieldset" disabled={!canWrite}>
          <div className="cf-formbody">
            <Fields key={filled} body={body} nameMissing={tried && !body.name.trim()} onChange={change} />
            <section aria-label="Dry run" style={{ border: "1px solid var(--cf-line)", borderRadius: 8, padding: "10px 16px", background: "var(--cf-sunken)" }}>
              <div className="cf-row cf-wrap">
                <div className="cf-grow" style={{ minWidth: 200 }} role="status">{preview.data ? <Outcome found={preview.data} /> : <span className="cf-2">A dry run says what would move now. It moves nothing.</span>}</div>
                <Button size="small" loading={preview.isPending} onClick={() => isWhole(body) && preview.mutate({ ...body, name: body.name.trim() || "Dry run" })}>Dry run</Button>
              </div>
              {preview.data && preview.data.decisions.length > 0 && <Decisions found={preview.data} />}
              <Refusal error={preview.error} />
            </section>
            <Refusal error={save.error ?? run.error}>{theirs}</Refusal>
          </div>
          {canWrite && (
            <div className="cf-formfoot">
              <Button type="submit" variant="contained" color="primary" loading={save.isPending}>{policy ? "Save" : "Add rule"}</Button>
              {policy ? <Button loading={run.isPending} disabled={isChanged} onClick={() => start(policy)}>Run now</Button> : <Button variant="text" onClick={() => void navigate(to("settings/rules"))}>Cancel</Button>}
              {isChanged && <span className="cf-meta cf-2" role="status">Save it to run it</span>}
              <span className="cf-grow" />
              {policy && <Button variant="text" color="error" onClick={() => setRemoving(true)}>Remove rule…</Button>}
            </div>
          )}
        </fieldset>
      </form>
      {policy && <Confirm open={removing} title={`Remove "${policy.name}"?`} error={remove.error} onClose={() => setRemoving(false)} actions={<Button variant="contained" color="error" loading={remove.isPending} onClick={() => remove.mutate(policy.policy_id)}>Remove rule</Button>}>It starts nothing any more. Moves that it started go on.</Confirm>}
    </Card>
  );
}

function bodyOf(policy: Policy): PolicyBody {
  return Object.fromEntries(Object.keys(START).map((name) => [name, policy[name as keyof PolicyBody]])) as unknown as PolicyBody;
}

/** Whether every number is there. */
function isWhole({ idle_days, pays_back_days, most_reads, limits }: PolicyBody): boolean {
  return ![idle_days, pays_back_days, most_reads, ...Object.values(limits)].some(Number.isNaN);
}

/** A number as it is typed: an empty field is one, and no number yet. */
function Amount({ value, least, onChange, ...field }: { label: string; word?: Word; unit: string; hint?: string; step?: "any"; value: number; least: number; onChange: (value: number) => void }): ReactElement {
  const [text, setText] = useState(String(value));
  const take = (typed: string): void => {
    setText(typed);
    onChange(typed.trim() && Number(typed) >= least ? Number(typed) : NaN);
  };
  return <TextField {...field} value={text} onChange={take} error={Number.isNaN(value) ? `Type a number from ${least} on` : null} type="number" min={least} width={220} />;
}

function Fields({ body, nameMissing, onChange }: { body: PolicyBody; nameMissing: boolean; onChange: (next: Partial<PolicyBody>) => void }): ReactElement {
  const places = (useLocations().data ?? []).map((one) => ({ value: one.location_id, label: one.location_id }));
  const amount = (text: string): number => Math.max(0, Number(text) || 0);
  return (
    <div className="cf-form">
      <TextField label="Name" value={body.name} onChange={(name) => onChange({ name })} error={nameMissing ? "Name it: mails and the audit speak of it by this" : null} placeholder="Old reports go cold" />
      <ChoiceField label="Moves" value={body.kind} choices={KINDS} onChange={(kind) => onChange({ kind, idle_days: body.idle_days || START.idle_days, pays_back_days: body.pays_back_days || START.pays_back_days })} />
      <SelectField label="In" value={body.location_id ?? ""} options={[{ value: "", label: "All locations" }, ...places]} onChange={(value) => onChange({ location_id: value || null })} width={280} />
      <TextField label="Only below" word="prefix" value={body.prefix} onChange={(prefix) => onChange({ prefix })} mono />
      {body.kind === "idle" ? (
        <>
          <Amount label="Untouched for" value={body.idle_days} onChange={(idle_days) => onChange({ idle_days })} least={1} unit="days" />
          <TextField label="Unless read more than" value={body.most_reads === null ? "" : String(body.most_reads)} onChange={(text) => onChange({ most_reads: text === "" ? null : Math.round(amount(text)) })} type="number" min={0} unit="times" width={220} hint="In 90 days. Empty: however often." />
          <SelectField label="To the tier" value={body.destination_tier} options={TIERS.map((tier) => ({ value: tier, label: tierName(tier) }))} onChange={(destination_tier) => onChange({ destination_tier })} width={220} />
          <SelectField label="To the location" value={body.destination_location ?? ""} options={[{ value: "", label: "Where they lie" }, ...places]} onChange={(value) => onChange({ destination_location: value || null })} width={280} />
        </>
      ) : (
        <Amount label="Pays back within" word="paysBack" value={body.pays_back_days} onChange={(pays_back_days) => onChange({ pays_back_days })} least={1} unit="days" />
      )}
      <Amount label="At most" value={body.limits.files} onChange={(files) => onChange({ limits: { ...body.limits, files: Math.round(files) } })} least={0} unit="files a run" hint="Beyond any of the three limits a person is asked first." />
      <Amount label="And at most" value={Number(gigabytes(body.limits.size_bytes))} onChange={(size) => onChange({ limits: { ...body.limits, size_bytes: Math.round(size * GB) } })} least={0} step="any" unit="GB a run" />
      <Amount label="Paying at most" value={body.limits.usd} onChange={(usd) => onChange({ limits: { ...body.limits, usd } })} least={0} step="any" unit="$ a run" />
      <span className="cf-label">State</span>
      <Tick label="Runs every night" checked={body.enabled} onChange={(enabled) => onChange({ enabled })} />
    </div>
  );
}

function Outcome({ found }: { found: PolicyPreview }): ReactElement {
  return (
    <>
      <b className="cf-strong">{found.files ? `Would move ${plural(found.files, "file")}, ${bytes(found.size_bytes)}` : "Would move nothing now"}</b>
      {found.files > 0 && <div className="cf-meta cf-2">Saves {money(found.saves_per_month, true)} a month, costs {money(found.once_usd, true)} once</div>}
      {found.asks.length > 0 && <div className="cf-meta cf-warn">Asks first: over the limit of {found.asks.join(", ")}</div>}
    </>
  );
}

function Decisions({ found }: { found: PolicyPreview }): ReactElement {
  return (
    <ul className="cf-moves" aria-label="What becomes of each file" style={{ marginTop: 8, background: "var(--cf-card)" }}>
      {found.decisions.slice(0, SHOWN).map((one) => (
        <li key={one.file_id} style={{ display: "block" }}>
          <span style={{ display: "flex" }}><Path path={one.name} /></span>
          <span className={`cf-meta ${one.moves ? "cf-ok" : "cf-2"}`}>{one.why}</span>
        </li>
      ))}
      {found.decisions.length > SHOWN && <li className="cf-2">and {count(found.decisions.length - SHOWN)} more</li>}
    </ul>
  );
}
