import Button from "@mui/material/Button";
import { useState, type ReactNode } from "react";
import { ChangedMeanwhile } from "../api/kept";

interface Opened<T> {
  /** As it was when the form was filled in; null: the form is for a new one. */
  opened: T | null;
  setOpened: (now: T) => void;
  /** Takes note of what somebody else made of it meanwhile. */
  onError: (error: Error) => void;
  /** Stands beside the refusal: fills the form in anew with what somebody else made of it. */
  theirs: ReactNode;
}

/** What a form was filled from, so that nobody's change is overwritten unseen. */
export function useOpened<T>(first: T | null, save: { error: Error | null; reset: () => void }, fill: (now: T) => void): Opened<T> {
  const [opened, setOpened] = useState(first);
  const showTheirs = (): void => {
    if (opened) fill(opened);
    save.reset();
  };
  return {
    opened,
    setOpened,
    onError: (error) => error instanceof ChangedMeanwhile && setOpened(error.now as T),
    theirs: save.error instanceof ChangedMeanwhile && <Button size="small" onClick={showTheirs}>Show theirs</Button>,
  };
}
