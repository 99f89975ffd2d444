import Checkbox from "@mui/material/Checkbox";
import { useId, useRef, type HTMLInputTypeAttribute, type ReactElement, type ReactNode } from "react";
import { Tip } from "./basics";
import { useArrowKeys } from "./controls";
import { Icon } from "./icons";
import type { Word } from "../words";

interface FieldFrame {
  label: string;
  word?: Word;
  hint?: ReactNode;
  error?: string | null;
}

/** A label in its column, the control beside it, the hint below; an error takes the hint's place. */
export function Field({ label, word, hint, error, children }: FieldFrame & { children: (names: { id: string; described: string | undefined; bad: boolean }) => ReactNode }): ReactElement {
  const id = useId();
  const told = error ?? hint;
  return (
    <>
      <label htmlFor={id}>{word ? <Tip word={word}><span>{label}</span></Tip> : label}</label>
      <div>
        {children({ id, described: told ? `${id}-told` : undefined, bad: Boolean(error) })}
        {told && (
          <div id={`${id}-told`} className="cf-below" data-bad={error ? "" : undefined} role={error ? "alert" : undefined}>
            {told}
          </div>
        )}
      </div>
    </>
  );
}

export interface TextProps extends FieldFrame {
  value: string;
  onChange: (value: string) => void;
  type?: HTMLInputTypeAttribute;
  placeholder?: string;
  mono?: boolean;
  disabled?: boolean;
  unit?: string;
  min?: number;
  step?: number | "any";
  max?: number;
  width?: number;
}

export function TextField(props: TextProps): ReactElement {
  return (
    <Field label={props.label} word={props.word} hint={props.hint} error={props.error}>
      {({ id, described, bad }) => (
        <div className="cf-field" data-bad={bad ? "" : undefined} data-off={props.disabled ? "" : undefined} style={props.width ? { maxWidth: props.width } : undefined}>
          <input
            id={id}
            className={props.mono ? "cf-mono" : undefined}
            type={props.type ?? "text"}
            value={props.value}
            placeholder={props.placeholder}
            disabled={props.disabled}
            min={props.min}
            max={props.max}
            step={props.step}
            aria-invalid={bad || undefined}
            aria-describedby={described}
            autoComplete={props.type === "password" ? "new-password" : "off"}
            spellCheck={false}
            onChange={(event) => props.onChange(event.target.value)}
          />
          {props.unit && <span className="cf-2 cf-nowrap">{props.unit}</span>}
        </div>
      )}
    </Field>
  );
}

/** Several lines; a file can be dropped on it or chosen where *accept* says which. */
export function AreaField(props: FieldFrame & { value: string; onChange: (value: string) => void; rows?: number; placeholder?: string; accept?: string }): ReactElement {
  const file = useRef<HTMLInputElement>(null);
  const take = (files: FileList | null): void => {
    void files?.[0]?.text().then(props.onChange);
  };
  return (
    <Field label={props.label} word={props.word} hint={props.hint} error={props.error}>
      {({ id, described, bad }) => (
        <div
          className="cf-area"
          data-bad={bad ? "" : undefined}
          onDragOver={(event) => event.preventDefault()}
          onDrop={(event) => {
            if (!props.accept) return;
            event.preventDefault();
            take(event.dataTransfer.files);
          }}
        >
          <textarea
            id={id}
            className="cf-mono"
            rows={props.rows ?? 4}
            value={props.value}
            placeholder={props.placeholder}
            aria-invalid={bad || undefined}
            aria-describedby={described}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => props.onChange(event.target.value)}
          />
          {props.accept && (
            <div className="cf-areafoot">
              <button type="button" className="cf-link" onClick={() => file.current?.click()}>
                Choose a file…
              </button>
              <span className="cf-3">or drop it here</span>
              <input ref={file} type="file" accept={props.accept} hidden tabIndex={-1} aria-label={`${props.label}, file`} onChange={(event) => take(event.target.files)} />
            </div>
          )}
        </div>
      )}
    </Field>
  );
}

export interface Option<V extends string> {
  value: V;
  label: string;
}

/** The browser's own menu: it works on a phone, with a keyboard and with a screen reader as people know it. */
export function SelectField<V extends string>(props: FieldFrame & { value: V; options: readonly Option<V>[]; onChange: (value: V) => void; disabled?: boolean; width?: number }): ReactElement {
  return (
    <Field label={props.label} word={props.word} hint={props.hint} error={props.error}>
      {({ id, described, bad }) => (
        <div className="cf-field cf-selectfield" data-bad={bad ? "" : undefined} data-off={props.disabled ? "" : undefined} style={props.width ? { maxWidth: props.width } : undefined}>
          <select id={id} value={props.value} disabled={props.disabled} aria-invalid={bad || undefined} aria-describedby={described} onChange={(event) => props.onChange(event.target.value as V)}>
            {props.options.map((option) => (
              <option key={option.value} value={option.value}>
                {option.label}
              </option>
            ))}
          </select>
          <Icon name="down" size={14} />
        </div>
      )}
    </Field>
  );
}

/** The same in a card's head, where its label is for screen readers only. */
export function SmallSelect<V extends string>(props: { label: string; value: V; options: readonly Option<V>[]; onChange: (value: V) => void; width?: number }): ReactElement {
  return (
    <label className="cf-field cf-selectfield" style={{ width: props.width ?? 180 }}>
      <span className="cf-hidden">{props.label}</span>
      <select value={props.value} onChange={(event) => props.onChange(event.target.value as V)}>
        {props.options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <Icon name="down" size={14} />
    </label>
  );
}

export interface RadioCard<V extends string> {
  value: V;
  title: string;
  note: ReactNode;
}

/** One of a few that each need a line of explanation. */
export function ChoiceField<V extends string>(props: { label: string; value: V; choices: readonly RadioCard<V>[]; onChange: (value: V) => void; disabled?: boolean }): ReactElement {
  const id = useId();
  const { group, move } = useArrowKeys(props);
  return (
    <>
      <span className="cf-label" id={id}>
        {props.label}
      </span>
      <div className="cf-choices" role="radiogroup" aria-labelledby={id} ref={group}>
        {props.choices.map((choice) => {
          const on = choice.value === props.value;
          return (
            <button key={choice.value} type="button" role="radio" className="cf-choice" aria-checked={on} disabled={props.disabled && !on} tabIndex={on ? 0 : -1} onClick={() => props.onChange(choice.value)} onKeyDown={move}>
              <span className="cf-dotmark" aria-hidden="true" />
              <span>
                <b className="cf-strong" style={{ fontWeight: 500 }}>{choice.title}</b>
                <span className="cf-meta cf-2" style={{ display: "block" }}>{choice.note}</span>
              </span>
            </button>
          );
        })}
      </div>
    </>
  );
}

export function Tick({ label, checked, onChange }: { label: string; checked: boolean; onChange: (on: boolean) => void }): ReactElement {
  const id = useId();
  return (
    <span className="cf-row" style={{ gap: 4, marginRight: 8 }}>
      <Checkbox id={id} checked={checked} onChange={(event) => onChange(event.target.checked)} sx={{ ml: "-4px" }} />
      <label htmlFor={id}>{label}</label>
    </span>
  );
}

/** What went wrong with a write, above its buttons. */
export function Refusal({ error, children }: { error: Error | null; children?: ReactNode }): ReactElement | null {
  if (!error) return null;
  return (
    <div className="cf-banner" data-kind="error" role="alert">
      <Icon name="alert" />
      <span className="cf-grow" style={{ overflowWrap: "anywhere" }}>
        {error.message}
      </span>
      {children}
    </div>
  );
}
