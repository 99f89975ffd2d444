import Button from "@mui/material/Button";
import { useState, type FormEvent, type ReactElement } from "react";
import { addLocation } from "../../api/connections";
import { KEYS, useWrite } from "../../api/queries";
import type { Credential } from "../../api/types";
import { ChoiceField, Refusal, TextField } from "../../ui/form";
import { useToast } from "../../ui/toasts";
import { flawsOfPlace, idFor } from "./placeWish";
import { useScan } from "./useScan";

const CLASSES = [
  { value: "own", title: "As the cloud has them", note: "Hot, warm and cold are three classes." },
  { value: "single", title: "One for all", note: "Its tiers are other locations." },
] as const;

/** A bucket or a part of one, under a short name. */
export function LocationForm({ credential, bucket: first, onEnd }: { credential: Credential; bucket: string; onEnd: () => void }): ReactElement {
  const [bucket, setBucket] = useState(first);
  const [prefix, setPrefix] = useState("");
  const [typed, setTyped] = useState<string | null>(null);
  const [classes, setClasses] = useState<"own" | "single">("own");
  const [tried, setTried] = useState(false);
  const toast = useToast();
  const add = useWrite(addLocation, [KEYS.locations, KEYS.totals]);
  const { scan } = useScan();
  const name = typed ?? idFor(bucket, prefix);
  const flaws = flawsOfPlace({ name, bucket, prefix });
  const shown = tried ? flaws : {};
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(flaws).length) return;
    add.mutate(
      { location_id: name, provider: credential.provider, bucket, prefix, credential_id: credential.credential_id, single_class: classes === "single" },
      {
        onSuccess: () => {
          toast({ title: `${name} was added`, note: "Scan it to list its files.", action: { label: "Scan now", run: () => scan(name) } });
          onEnd();
        },
      },
    );
  };
  return (
    <form noValidate onSubmit={submit} aria-label="New location">
      <div className="cf-formbody">
        <div className="cf-form">
          <TextField label={credential.provider === "azure" ? "Container" : "Bucket"} value={bucket} onChange={setBucket} error={shown.bucket} mono />
          <TextField label="Only below" word="prefix" value={prefix} onChange={setPrefix} error={shown.prefix} hint="Optional: a prefix such as raw/2026/. Empty means everything." mono />
          <TextField label="Name" value={name} onChange={setTyped} error={shown.name} hint="Short and unique; people and the command line use it." mono />
          {credential.endpoint_url && <ChoiceField label="Storage classes" value={classes} choices={CLASSES} onChange={setClasses} />}
        </div>
        <Refusal error={add.error} />
      </div>
      <div className="cf-formfoot">
        <Button type="submit" variant="contained" color="primary" loading={add.isPending}>Add location</Button>
        <Button variant="text" disabled={add.isPending} onClick={onEnd}>Cancel</Button>
      </div>
    </form>
  );
}
