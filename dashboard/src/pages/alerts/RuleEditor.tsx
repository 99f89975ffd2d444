import Button from "@mui/material/Button";
import { useState, type FormEvent, type ReactElement } from "react";
import { useNavigate } from "react-router-dom";
import { previewRule, removeRule, RULES, ALERTS, saveRule, type Rule } from "../../api/alerts";
import { useWrite } from "../../api/queries";
import { to } from "../../shell/nav";
import { Card } from "../../ui/basics";
import { Confirm } from "../../ui/Confirm";
import { Refusal } from "../../ui/form";
import { useToast } from "../../ui/toasts";
import { useOpened } from "../../ui/useOpened";
import { MuteRule } from "./MuteRule";
import { RuleFields } from "./RuleFields";
import { RulePreview } from "./RulePreview";
import { bodyOfRule, flawsOfRule, formOfRule, newRule, type RuleFlaws, type RuleForm } from "./signals";

/** A rule, new or kept, with what it would have fired on. */
export function RuleEditor({ rule, canWrite, isAdmin }: { rule: Rule | null; canWrite: boolean; isAdmin: boolean }): ReactElement {
  const [form, setForm] = useState<RuleForm>(() => (rule ? formOfRule(rule) : newRule()));
  const [shown, setShown] = useState<RuleFlaws>({});
  const [removing, setRemoving] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  /** The new rule, from then on until its secret was read. */
  const [added, setAdded] = useState<string | null>(null);
  const toast = useToast();
  const navigate = useNavigate();
  const save = useWrite(saveRule, [RULES]);
  const remove = useWrite(removeRule, [RULES, ALERTS], () => {
    toast({ title: `"${rule?.name ?? ""}" was removed` });
    void navigate(to("alerts/rules"));
  });
  const preview = useWrite(previewRule, []);
  const change = (next: RuleForm): void => {
    setForm(next);
    preview.reset();
    const still = flawsOfRule(next, "save");
    setShown((before) => Object.fromEntries(Object.entries(before).filter(([name]) => still[name as keyof RuleFlaws])));
  };
  const { opened, setOpened, onError, theirs } = useOpened(rule, save, (now) => change(formOfRule(now)));
  const good = (wants: "preview" | "save"): boolean => {
    const flaws = flawsOfRule(form, wants);
    setShown(flaws);
    return !Object.keys(flaws).length;
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (added || !good("save")) return;
    save.mutate(
      { opened, body: bodyOfRule(form) },
      {
        onError,
        onSuccess: (kept) => {
          toast({ title: rule ? `"${form.name}" was changed` : `"${form.name}" is watched` });
          setSecret(kept.webhook_secret);
          if (rule) setOpened(kept.rule);
          else if (kept.webhook_secret) setAdded(kept.rule.rule_id);
          else void navigate(to(`alerts/rules/${encodeURIComponent(kept.rule.rule_id)}`));
        },
      },
    );
  };
  const drop = (): void => remove.mutate(rule?.rule_id ?? "");
  return (
    <Card title={rule ? rule.name : "New rule"} side={rule && canWrite ? <span style={{ marginLeft: "auto" }}><MuteRule rule={rule} small /></span> : null}>
      <form noValidate onSubmit={submit}>
        <fieldset className="cf-fieldset" disabled={!canWrite}>
          <div className="cf-formbody">
            <RuleFields form={form} flaws={shown} isAdmin={isAdmin} onChange={change} />
            <RulePreview form={form} asked={preview} onAsk={() => good("preview") && preview.mutate(bodyOfRule(form))} />
            {secret && <div className="cf-banner" role="status"><b>The webhook's secret, told only now</b><code className="cf-mono cf-grow" style={{ overflowWrap: "anywhere" }}>{secret}</code></div>}
            <Refusal error={save.error}>{theirs}</Refusal>
          </div>
          {canWrite && (
            <div className="cf-formfoot">
              {added ? (
                <Button variant="contained" color="primary" onClick={() => void navigate(to(`alerts/rules/${encodeURIComponent(added)}`))}>Done</Button>
              ) : (
                <Button type="submit" variant="contained" color="primary" loading={save.isPending}>{rule ? "Save" : "Add rule"}</Button>
              )}
              {!rule && !added && <Button variant="text" onClick={() => void navigate(to("alerts/rules"))}>Cancel</Button>}
              <span className="cf-grow" />
              {rule && <Button variant="text" color="error" onClick={() => setRemoving(true)}>Remove rule…</Button>}
            </div>
          )}
        </fieldset>
      </form>
      <Confirm open={removing} title={`Remove "${rule?.name ?? ""}"?`} error={remove.error} onClose={() => setRemoving(false)} actions={<Button variant="contained" color="error" loading={remove.isPending} onClick={drop}>Remove rule</Button>}>
        It watches nothing any more, and what fires by it ends. Past alerts stay in the list.
      </Confirm>
    </Card>
  );
}
