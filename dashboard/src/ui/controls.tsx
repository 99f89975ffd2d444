import Menu from "@mui/material/Menu";
import MenuItem from "@mui/material/MenuItem";
import { useRef, useState, type KeyboardEvent, type ReactElement, type ReactNode, type RefObject } from "react";
import { Icon } from "./icons";
import { Kbd } from "./basics";

export interface Choice<V extends string> {
  value: V;
  label: ReactNode;
}

/** Arrow keys choose the next one of a radio group and take the focus along; the group's children are its choices, in order. */
export function useArrowKeys<V extends string>(props: { value: V; choices: readonly { value: V }[]; onChange: (value: V) => void }): { group: RefObject<HTMLDivElement | null>; move: (event: KeyboardEvent) => void } {
  const group = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = props.choices.findIndex((choice) => choice.value === props.value);
    const next = (at + step + props.choices.length) % props.choices.length;
    const choice = props.choices[next];
    if (choice) props.onChange(choice.value);
    (group.current?.children[next] as HTMLElement | undefined)?.focus();
  };
  return { group, move };
}

/** One of a few: a radio group that looks like a switch. */
export function Range<V extends string>(props: { label: string; value: V; choices: readonly Choice<V>[]; onChange: (value: V) => void }): ReactElement {
  const { group, move } = useArrowKeys(props);
  return (
    <div className="cf-range" role="radiogroup" aria-label={props.label} ref={group}>
      {props.choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          role="radio"
          aria-checked={choice.value === props.value}
          tabIndex={choice.value === props.value ? 0 : -1}
          onClick={() => props.onChange(choice.value)}
          onKeyDown={move}
        >
          {choice.label}
        </button>
      ))}
    </div>
  );
}

/** A filter button with its menu; set, it shows its value and offers to be dropped. */
export function Filter(props: { name: string; value: string | null; choices: readonly Choice<string>[]; onChange: (value: string | null) => void }): ReactElement {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const chosen = props.choices.find((choice) => choice.value === props.value);
  const choose = (value: string | null): void => {
    setAnchor(null);
    props.onChange(value);
  };
  return (
    <>
      <button type="button" className="cf-filter" data-set={chosen ? "" : undefined} aria-haspopup="menu" aria-expanded={Boolean(anchor)} onClick={(event) => setAnchor(event.currentTarget)}>
        {props.name} {chosen && <b className="cf-strong">{chosen.label}</b>}
        <Icon name="down" size={14} />
      </button>
      <Menu anchorEl={anchor} open={Boolean(anchor)} onClose={() => setAnchor(null)}>
        {props.choices.map((choice) => (
          <MenuItem key={choice.value} selected={choice.value === props.value} onClick={() => choose(choice.value)}>
            {choice.label}
          </MenuItem>
        ))}
        {chosen && (
          <MenuItem onClick={() => choose(null)} sx={{ color: "var(--cf-accent)" }}>
            Any
          </MenuItem>
        )}
      </Menu>
    </>
  );
}

export function SearchField(props: { value: string; placeholder: string; onChange: (value: string) => void; width?: number }): ReactElement {
  return (
    <label className="cf-field" style={{ flex: `0 1 ${props.width ?? 300}px`, minWidth: 160 }}>
      <Icon name="search" size={16} />
      <span className="cf-hidden">{props.placeholder}</span>
      <input
        type="search"
        data-slash=""
        value={props.value}
        placeholder={props.placeholder}
        onChange={(event) => props.onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape" && props.value) {
            event.stopPropagation();
            props.onChange("");
          }
        }}
      />
      <span className="cf-mid">
        <Kbd>/</Kbd>
      </span>
    </label>
  );
}
