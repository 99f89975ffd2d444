import Button from "@mui/material/Button";
import Dialog from "@mui/material/Dialog";
import { useId, useState, type FormEvent, type ReactElement } from "react";
import { startCampaign } from "../api/actions";
import { useMe } from "../api/me";
import { KEYS, useFileCount, useLocations, useWrite } from "../api/queries";
import type { CampaignRun, Location } from "../api/types";
import { bytes, count, plural } from "../format/format";
import { TIERS, Tip, cloudName, tierName, type Tier } from "../ui/basics";
import { Refusal, SelectField, TextField, type Option } from "../ui/form";
import { Icon } from "../ui/icons";
import { PageStyle } from "../ui/PageStyle";
import { useSettled } from "../ui/useSettled";
import { EMPTY, flawsOfCampaign, wishOf, type CampaignForm } from "./campaignWish";

const TYPED_MS = 300;

/** Asks which files go where, for those who may say so and have two places. */
export function StartCampaign({ onStarted }: { onStarted: (run: CampaignRun) => void }): ReactElement | null {
  const [open, setOpen] = useState(false);
  const me = useMe();
  const { data: locations } = useLocations();
  if (!me.data?.can_write || !locations || locations.length < 2) return null;
  return (
    <>
      <Tip word="startCampaign">
        <Button size="small" startIcon={<Icon name="plus" size={16} />} onClick={() => setOpen(true)}>New campaign…</Button>
      </Tip>
      {open && (
        <CampaignDialog
          locations={locations}
          onClose={() => setOpen(false)}
          onStarted={(run) => {
            setOpen(false);
            onStarted(run);
          }}
        />
      )}
    </>
  );
}

const tierOptions = (none: string): readonly Option<Tier | "">[] => [{ value: "", label: none }, ...TIERS.map((tier) => ({ value: tier, label: tierName(tier) }))];

function placeOptions(none: string, locations: readonly Location[]): readonly Option<string>[] {
  return [{ value: "", label: none }, ...locations.map((one) => ({ value: one.location_id, label: `${one.location_id}, ${cloudName(one.provider)}` }))];
}

function CampaignDialog({ locations, onClose, onStarted }: { locations: readonly Location[]; onClose: () => void; onStarted: (run: CampaignRun) => void }): ReactElement {
  const id = useId();
  const [form, setForm] = useState<CampaignForm>(EMPTY);
  const [tried, setTried] = useState(false);
  const start = useWrite(startCampaign, [KEYS.campaigns], onStarted);
  const flaws = flawsOfCampaign(form);
  const shown = tried ? flaws : {};
  const set = <K extends keyof CampaignForm>(name: K) => (value: CampaignForm[K]) => setForm({ ...form, [name]: value });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (!Object.keys(flaws).length) start.mutate(wishOf(form));
  };
  return (
    <Dialog open onClose={onClose} aria-labelledby={id} slotProps={{ paper: { sx: { width: 600 } } }}>
      <PageStyle />
      <form className="cf-dialog" noValidate onSubmit={submit}>
        <div>
          <h2 id={id}>New campaign</h2>
          <p className="cf-2">Moves up to a million files to another location. You can pause it, and carry on later.</p>
        </div>
        <div className="cf-form">
          <SelectField label="From" value={form.from} options={placeOptions("Choose a location", locations)} onChange={set("from")} error={shown.from} />
          <TextField label="Names that begin with" value={form.prefix} onChange={set("prefix")} placeholder="all" mono />
          <SelectField label="Of tier" value={form.tier} options={tierOptions("Any")} onChange={set("tier")} width={180} />
          <SelectField label="To" value={form.to} options={placeOptions("Choose another location", locations.filter((one) => one.location_id !== form.from))} onChange={set("to")} error={shown.to} />
          <SelectField label="As" word="ownTier" value={form.as} options={tierOptions("Each file's own tier")} onChange={set("as")} width={180} />
          <TextField label="At most" value={form.most} onChange={set("most")} error={shown.most} type="number" min={1} step={1} unit="files" width={180} />
          <TextField label="Keep originals" word="keepOriginals" value={form.keepDays} onChange={set("keepDays")} error={shown.keepDays} hint="0 removes each as soon as its copy is verified." type="number" min={0} step="any" unit="days" width={180} />
        </div>
        {form.from && <Matching form={form} />}
        <Refusal error={start.error} />
        <div className="cf-row">
          <span className="cf-grow" />
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="contained" color="primary" loading={start.isPending}>Start campaign</Button>
        </div>
      </form>
    </Dialog>
  );
}

/** How many files that would be, before anything starts. */
function Matching({ form }: { form: CampaignForm }): ReactElement {
  const prefix = useSettled(form.prefix, TYPED_MS);
  const { data, error } = useFileCount({ location_id: form.from, ...(prefix ? { prefix } : {}), ...(form.tier ? { tier: [form.tier] } : {}) });
  if (error) return <p className="cf-2" role="status">How many files that is could not be counted: {error.message}</p>;
  if (!data) return <p className="cf-2" role="status">Counting…</p>;
  const most = Number(form.most);
  return (
    <p className="cf-num" role="status">
      {data.files ? `${plural(data.files, "file")}, ${bytes(data.size_bytes)}.` : "No file fits."}
      {data.files > most && most > 0 ? ` ${count(most)} of them move, the others are left out.` : ""}
    </p>
  );
}
