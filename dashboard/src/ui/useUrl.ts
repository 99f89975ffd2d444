import { useCallback, useEffect, useState } from "react";
import { useSearchParams } from "react-router-dom";

/** One value that lives in the address, so that it survives a reload and can be shared. */
export function useUrl(name: string): [string | null, (value: string | null) => void] {
  const [params, setParams] = useSearchParams();
  const set = useCallback(
    (value: string | null) =>
      setParams(
        (before) => {
          const next = new URLSearchParams(before);
          if (value) next.set(name, value);
          else next.delete(name);
          return next;
        },
        { replace: true },
      ),
    [name, setParams],
  );
  return [params.get(name), set];
}

const TYPED_MS = 250;

/** The same of what is typed: it is here at once, and in the address a moment later, which is not fast enough for typing. */
export function useTyped(name: string): [string, (text: string) => void] {
  const [value, setValue] = useUrl(name);
  const [text, setText] = useState(value ?? "");
  const [known, setKnown] = useState(value);
  // Cleared by a button, or followed from a link: whatever is being typed here meanwhile comes first.
  if (value !== known) {
    setKnown(value);
    if (text === (known ?? "")) setText(value ?? "");
  }
  useEffect(() => {
    if (text === (value ?? "")) return;
    const timer = setTimeout(() => setValue(text || null), TYPED_MS);
    return () => clearTimeout(timer);
  }, [text, value, setValue]);
  return [text, setText];
}
