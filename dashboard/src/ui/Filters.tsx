import Button from "@mui/material/Button";
import Dialog from "@mui/material/Dialog";
import { useState, type ReactElement, type ReactNode } from "react";
import { Filter, useArrowKeys, type Choice } from "./controls";
import { Icon } from "./icons";
import { useWidth } from "./useWidth";

export interface FilterOf {
  name: string;
  value: string | null;
  choices: readonly Choice<string>[];
  onChange: (value: string | null) => void;
}

interface Props {
  filters: readonly FilterOf[];
  onClear: () => void;
  /** What is found now, in words: it stands on the button that closes the sheet. */
  found?: string;
  /** Beside the filters: the search field. */
  children?: ReactNode;
}

/** The filters of a list: a button each, and on a phone one button for a sheet with all of them. */
export function Filters({ filters, onClear, found, children }: Props): ReactElement {
  const narrow = useWidth() === "narrow";
  return (
    <div className="cf-filters" role="search">
      {children}
      {narrow ? <Sheet filters={filters} onClear={onClear} found={found} /> : filters.map((one) => <Filter key={one.name} {...one} />)}
    </div>
  );
}

function Sheet({ filters, onClear, found }: Omit<Props, "children">): ReactElement {
  const [open, setOpen] = useState(false);
  const set = filters.filter((one) => one.value).length;
  const close = (): void => setOpen(false);
  return (
    <>
      <button type="button" className="cf-filter" data-set={set ? "" : undefined} aria-haspopup="dialog" onClick={() => setOpen(true)}>
        <Icon name="filter" size={16} /> Filters {set > 0 && <b className="cf-strong">{set}</b>}
      </button>
      <Dialog open={open} onClose={close} aria-labelledby="cf-filtersheet" className="cf-sheet">
        <div className="cf-dialog">
          <h2 id="cf-filtersheet">Filters</h2>
          {filters.map((one) => <Choices key={one.name} {...one} />)}
          <div className="cf-row">
            <Button variant="text" disabled={!set} onClick={onClear}>Clear all</Button>
            <span className="cf-grow" />
            <Button variant="contained" color="primary" onClick={close}>{found ? `Show ${found}` : "Done"}</Button>
          </div>
        </div>
      </Dialog>
    </>
  );
}

function Choices({ name, value, choices, onChange }: FilterOf): ReactElement {
  const all: Choice<string>[] = [{ value: "", label: "Any" }, ...choices];
  const now = value ?? "";
  const choose = (wanted: string): void => onChange(wanted || null);
  const { group, move } = useArrowKeys({ value: now, choices: all, onChange: choose });
  return (
    <div>
      <span className="cf-label cf-2" id={`cf-filter-${name}`}>{name}</span>
      <div className="cf-row cf-wrap" role="radiogroup" aria-labelledby={`cf-filter-${name}`} ref={group} style={{ marginTop: 4 }}>
        {all.map((choice) => (
          <button key={choice.value} type="button" role="radio" className="cf-filter" data-set={choice.value === now ? "" : undefined} aria-checked={choice.value === now} tabIndex={choice.value === now ? 0 : -1} onClick={() => choose(choice.value)} onKeyDown={move}>
            {choice.label}
          </button>
        ))}
      </div>
    </div>
  );
}
