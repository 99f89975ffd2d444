import Button from "@mui/material/Button";
import { useState, type FormEvent, type ReactElement } from "react";
import { BUDGETS, removeBudget, setBudget, useBudgets, type Budget } from "../../api/budgets";
import { useMe } from "../../api/me";
import { useLocations, useWrite } from "../../api/queries";
import { money, percent } from "../../format/format";
import { Answered } from "../../ui/Answered";
import { Bar, Card } from "../../ui/basics";
import { Confirm } from "../../ui/Confirm";
import { Refusal, SelectField, TextField } from "../../ui/form";
import { Empty } from "../../ui/states";
import { useToast } from "../../ui/toasts";
import { budgetWish, flawsOfBudget, NEW_BUDGET, placeOfBudget, type BudgetForm } from "./budgetForm";

const STATES = { fine: { word: "Within", mark: "cf-ok", color: "var(--cf-bar)" }, near: { word: "Near", mark: "cf-warn", color: "var(--cf-warm)" }, over: { word: "Over", mark: "cf-error", color: "var(--cf-hot)" } } as const;

/** What a month may cost, what it did cost so far, and where it is forecast to end. */
export function BudgetCard(): ReactElement {
  const budgets = useBudgets();
  const me = useMe();
  const [adding, setAdding] = useState(false);
  const add = me.data?.can_write && !adding ? <Button size="small" onClick={() => setAdding(true)}>Set a budget</Button> : null;
  return (
    <Card title="Budgets" sub="this month" side={<span style={{ marginLeft: "auto" }}>{add}</span>}>
      {adding && <NewBudget onEnd={() => setAdding(false)} />}
      <Answered query={budgets} what="Budgets" rows={2}>
        {(found) =>
          found.length ? (
            <ul className="cf-cardbody cf-stack" style={{ gap: 16 }}>
              {found.map((one) => <Line key={one.budget_id} budget={one} canWrite={Boolean(me.data?.can_write)} />)}
            </ul>
          ) : adding ? null : (
            <Empty title="No budget yet">Set what a month may cost. You hear of it as soon as the forecast goes beyond it.</Empty>
          )
        }
      </Answered>
    </Card>
  );
}

function Line({ budget, canWrite }: { budget: Budget; canWrite: boolean }): ReactElement {
  const state = STATES[budget.state];
  const toast = useToast();
  const [removing, setRemoving] = useState(false);
  const remove = useWrite(removeBudget, [BUDGETS], () => toast({ title: `The budget "${budget.name}" was removed` }));
  const ask = (): void => {
    remove.reset();
    setRemoving(true);
  };
  return (
    <li>
      <div className="cf-row cf-wrap">
        <span className="cf-grow"><b>{budget.name}</b> <span className="cf-2">{placeOfBudget(budget)}</span></span>
        <span className={state.mark}>{state.word}</span>
        <span className="cf-num">{money(budget.expected_usd, true)} of {money(budget.limit_usd, true)}</span>
      </div>
      <div style={{ marginTop: 4 }}><Bar share={budget.share} color={state.color} /></div>
      <div className="cf-row cf-meta cf-2" style={{ marginTop: 4 }}>
        <span className="cf-grow">{money(budget.spent_usd, true)} so far, {percent(budget.share)} expected at the end of the month</span>
        {canWrite && <Button size="small" variant="text" aria-label={`Remove the budget ${budget.name}`} onClick={ask}>Remove…</Button>}
      </div>
      <Confirm open={removing} title={`Remove the budget "${budget.name}"?`} error={remove.error} onClose={() => setRemoving(false)} actions={<Button variant="contained" color="error" loading={remove.isPending} onClick={() => remove.mutate(budget.budget_id)}>Remove budget</Button>}>
        Nobody hears any more that a month is forecast to cost more than {money(budget.limit_usd, true)}. Files and bills stay as they are.
      </Confirm>
    </li>
  );
}

function NewBudget({ onEnd }: { onEnd: () => void }): ReactElement {
  const [form, setForm] = useState<BudgetForm>(NEW_BUDGET);
  const [tried, setTried] = useState(false);
  const locations = useLocations();
  const toast = useToast();
  const save = useWrite(setBudget, [BUDGETS]);
  const flaws = flawsOfBudget(form);
  const shown = tried ? flaws : {};
  const set = (name: keyof BudgetForm) => (value: string): void => setForm({ ...form, [name]: value });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(flaws).length) return;
    save.mutate(budgetWish(form), {
      onSuccess: (kept) => {
        toast({ title: `"${kept.name}" is watched`, note: "You get a mail and a line in the bell when the forecast goes beyond it." });
        onEnd();
      },
    });
  };
  return (
    <form noValidate onSubmit={submit} aria-label="New budget">
      <div className="cf-formbody">
        <div className="cf-form">
          <TextField label="Name" value={form.name} onChange={set("name")} error={shown.name} placeholder="Documents" width={280} />
          <TextField label="A month may cost" value={form.limit} onChange={set("limit")} error={shown.limit} type="number" min={0} step="any" unit="$" width={220} />
          <SelectField label="In" value={form.locationId} onChange={set("locationId")} width={280} options={[{ value: "", label: "All locations" }, ...(locations.data ?? []).map((one) => ({ value: one.location_id, label: one.location_id }))]} />
          {form.locationId && <TextField label="Below the prefix" value={form.prefix} onChange={set("prefix")} error={shown.prefix} placeholder="reports/" hint="Empty: the whole location." width={280} mono />}
          <TextField label="Tell me at" value={form.tellAt} onChange={set("tellAt")} error={shown.tellAt} type="number" min={1} unit="%" width={220} hint="Of the budget, by the forecast for the end of the month." />
        </div>
        <Refusal error={save.error} />
      </div>
      <div className="cf-formfoot">
        <Button type="submit" variant="contained" color="primary" loading={save.isPending}>Set budget</Button>
        <Button variant="text" disabled={save.isPending} onClick={onEnd}>Cancel</Button>
      </div>
    </form>
  );
}
