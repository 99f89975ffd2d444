import { useEffect } from "react";

/** When the component goes, what had the focus as it came has it again, unless somebody has gone on to another place. */
export function useFocusBack(): void {
  useEffect(() => {
    const before = document.activeElement;
    return () => {
      if (before instanceof HTMLElement && (!document.activeElement || document.activeElement === document.body)) before.focus();
    };
  }, []);
}
