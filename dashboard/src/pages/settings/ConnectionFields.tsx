import type { ReactElement } from "react";
import { cloudName } from "../../ui/basics";
import { AreaField, ChoiceField, TextField } from "../../ui/form";
import { CONTAINER, METHODS, withProvider, type Cloud, type ConnectionForm, type Flaws, type Method } from "./connectionWish";

const CLOUDS: readonly { value: Cloud; title: string; note: string }[] = [
  { value: "s3", title: cloudName("s3"), note: "Or a store that speaks S3" },
  { value: "azure", title: cloudName("azure"), note: "A storage account" },
  { value: "gcs", title: cloudName("gcs"), note: "A project's buckets" },
];

const METHOD_CARDS: Record<Method, { title: string; note: string }> = {
  key: { title: "Access key", note: "Stored encrypted, never shown again." },
  account_key: { title: "Account key", note: "Opens the whole storage account." },
  sas: { title: "Shared access signature", note: "Only what you granted, until it expires." },
  service_account: { title: "Service account", note: "Its JSON key file." },
  none: { title: "No key", note: "A compatible store of your own." },
};

const SECRET_LABEL: Record<Method, string> = { key: "Secret access key", account_key: "Account key", sas: "SAS token", service_account: "Key file", none: "" };

export function ConnectionFields({ form, flaws, isNew, onChange }: { form: ConnectionForm; flaws: Flaws; isNew: boolean; onChange: (form: ConnectionForm) => void }): ReactElement {
  const set = <K extends keyof ConnectionForm>(name: K) => (value: ConnectionForm[K]): void => onChange({ ...form, [name]: value });
  const methods = METHODS[form.provider];
  return (
    <div className="cf-form">
      {isNew && <ChoiceField label="Cloud" value={form.provider} choices={CLOUDS} onChange={(provider) => onChange(withProvider(form, provider))} />}
      {isNew && <TextField label="Name" value={form.name} onChange={set("name")} error={flaws.name} hint="How you call it here. It stays." placeholder="lake-prod" mono />}
      {methods.length > 1 && <ChoiceField label="Sign in with" value={form.method} choices={methods.map((value) => ({ value, ...METHOD_CARDS[value] }))} onChange={(method) => onChange({ ...form, method, secret: "" })} />}
      <Account form={form} flaws={flaws} set={set} />
      <Secret form={form} flaws={flaws} set={set} />
      <TextField label="Region" value={form.region} onChange={set("region")} error={flaws.region} hint={form.provider === "s3" ? "Where the buckets lie, such as eu-central-1." : "Optional: where the data lies."} placeholder={form.provider === "s3" ? "eu-central-1" : undefined} mono />
      <TextField label="Endpoint" word="endpoint" value={form.endpoint} onChange={set("endpoint")} error={flaws.endpoint} hint={`Empty for ${cloudName(form.provider)} itself.`} placeholder="https://storage.example.com" mono />
      <TextField label={`${CONTAINER[form.provider]} to test with`} word="test" value={form.bucket} onChange={set("bucket")} error={flaws.bucket} hint="The test lists one page of it and keeps nothing." mono />
    </div>
  );
}

type Set = <K extends keyof ConnectionForm>(name: K) => (value: ConnectionForm[K]) => void;

function Account({ form, flaws, set }: { form: ConnectionForm; flaws: Flaws; set: Set }): ReactElement {
  const label = { s3: "Access key ID", azure: "Storage account", gcs: "Project" }[form.provider];
  return <TextField label={label} value={form.account} onChange={set("account")} error={flaws.account} hint={form.provider === "gcs" ? "Optional: the key file names one." : undefined} mono />;
}

function Secret({ form, flaws, set }: { form: ConnectionForm; flaws: Flaws; set: Set }): ReactElement | null {
  if (form.method === "none") return null;
  const common = { label: SECRET_LABEL[form.method], word: "secret", value: form.secret, onChange: set("secret"), error: flaws.secret } as const;
  if (form.method === "service_account") return <AreaField {...common} accept="application/json,.json" hint="Stored encrypted, never shown again." rows={5} placeholder='{ "type": "service_account", … }' />;
  return (
    <>
      <TextField {...common} type="password" hint="Stored encrypted, never shown again." mono />
      {form.method === "key" && <TextField label="Session token" value={form.sessionToken} onChange={set("sessionToken")} type="password" hint="Only for temporary keys. When it expires, so does the connection." mono />}
    </>
  );
}
