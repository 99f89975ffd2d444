import { useId, type ReactElement } from "react";
import type { Channel, Level, Signal } from "../../api/alerts";
import { useLocations } from "../../api/queries";
import { ChoiceField, SelectField, TextField, Tick } from "../../ui/form";
import { BY_PREFIX, CHANNELS, LEVELS, SIGNALS, withComparison, withSignal, type RuleFlaws, type RuleForm } from "./signals";

const COMPARISONS = [
  { value: "above", title: "Over a limit", note: "A value that you set." },
  { value: "spike", title: "Over the usual", note: "So many times its own last 7 days." },
  { value: "share", title: "Near a limit", note: "So many percent of a budget or a size." },
] as const;
const CHOSEN_LEVELS: readonly Level[] = ["error", "warning", "info"];

export function RuleFields({ form, flaws, isAdmin, onChange }: { form: RuleForm; flaws: RuleFlaws; isAdmin: boolean; onChange: (form: RuleForm) => void }): ReactElement {
  const locations = useLocations();
  const set = <K extends keyof RuleForm>(name: K) => (value: RuleForm[K]): void => onChange({ ...form, [name]: value });
  const told = SIGNALS[form.signal];
  const signals = (Object.entries(SIGNALS) as [Signal, (typeof SIGNALS)[Signal]][]).filter(([signal, one]) => isAdmin || !one.platform || signal === form.signal);
  return (
    <div className="cf-form">
      <TextField label="Name" value={form.name} onChange={set("name")} error={flaws.name} placeholder="Documents cost too much" />
      <SelectField label="Watch" value={form.signal} onChange={(signal) => onChange(withSignal(form, signal))} hint={`${told.hint}.`} options={signals.map(([value, one]) => ({ value, label: one.platform ? `Platform: ${one.name.toLowerCase()}` : one.name }))} />
      <ChoiceField label="Fires when it is" value={form.comparison} choices={COMPARISONS} onChange={(comparison) => onChange(withComparison(form, comparison))} />
      {form.comparison === "share" && <TextField label="Of" value={form.limit} onChange={set("limit")} error={flaws.limit} type="number" min={0} step="any" unit={told.unit} width={220} hint="What is 100 %." />}
      <TextField label={{ above: "Limit", spike: "Times the usual", share: "Percent" }[form.comparison]} value={form.threshold} onChange={set("threshold")} error={flaws.threshold} type="number" min={0} step="any" unit={{ above: told.unit, spike: "×", share: "%" }[form.comparison]} width={220} hint="It is over again below nine tenths of that, so that it does not flicker." />
      <TextField label="For at least" value={form.lasts} onChange={set("lasts")} error={flaws.lasts} type="number" min={0} unit="min" width={220} hint="0 tells it at once." />
      {!told.platform && <SelectField label="Only in" value={form.locationId} onChange={set("locationId")} width={280} options={[{ value: "", label: "All locations" }, ...(locations.data ?? []).map((one) => ({ value: one.location_id, label: one.location_id }))]} />}
      {BY_PREFIX.has(form.signal) && (form.locationId || form.prefix) && <TextField label="Below the prefix" value={form.prefix} onChange={set("prefix")} error={flaws.prefix} placeholder="reports/" hint="Empty: the whole location." width={280} mono />}
      {isAdmin && !told.platform && <TextField label="Only of the user" value={form.user} onChange={set("user")} hint="Empty: everybody's." width={280} />}
      <SelectField label="How bad" value={form.level} onChange={set("level")} width={220} options={CHOSEN_LEVELS.map((value) => ({ value, label: LEVELS[value].name }))} />
      <Channels value={form.channels} onChange={set("channels")} />
      {form.channels.includes("webhook") && <TextField label="Webhook" value={form.webhookUrl} onChange={set("webhookUrl")} error={flaws.webhookUrl} placeholder="https://hooks.example.com/cloudflow" hint="Calls are signed. The secret is told once, after saving." mono />}
      <TextField label="Pass it on after" value={form.escalateAfter} onChange={set("escalateAfter")} error={flaws.escalateAfter} type="number" min={1} unit="min" width={220} hint="If nobody acknowledges it. Empty: never." />
      {(form.escalateAfter || form.escalateTo) && <TextField label="To" value={form.escalateTo} onChange={set("escalateTo")} error={flaws.escalateTo} hint="Users, with commas between." />}
      <span className="cf-label">State</span>
      <Tick label="Watches" checked={form.enabled} onChange={set("enabled")} />
    </div>
  );
}

function Channels({ value, onChange }: { value: readonly Channel[]; onChange: (value: readonly Channel[]) => void }): ReactElement {
  const id = useId();
  return (
    <>
      <span className="cf-label" id={id}>Tell by</span>
      <div className="cf-row cf-wrap" role="group" aria-labelledby={id}>
        {(Object.entries(CHANNELS) as [Channel, string][]).map(([channel, name]) => (
          <Tick key={channel} label={name} checked={value.includes(channel)} onChange={(on) => onChange(on ? [...value, channel] : value.filter((one) => one !== channel))} />
        ))}
      </div>
    </>
  );
}
