import { useEffect, useRef } from "react";
import { useNavigate } from "react-router-dom";
import { SETTINGS, TABS, to } from "./nav";

const GO_WITHIN_MS = 1500;
let areOn = true;

/** Single keys are a preference: some people speak to their computer, and every word would be a command. */
export function switchKeys(on: boolean): void {
  areOn = on;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) && (target as HTMLInputElement).type !== "checkbox";
}

/** Whether a dialog, a menu or a list of choices lies above the page and waits for keys. */
export function isCovered(): boolean {
  return document.querySelector('[role="dialog"][aria-modal="true"], [role="menu"], [role="listbox"]') !== null;
}

/** True for a bare key that the page itself is asked for. */
export function isShortcut(event: KeyboardEvent): boolean {
  return areOn && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target) && !isCovered();
}

/** Run *handler* for bare keys while the component is there. */
export function useKeys(handler: (event: KeyboardEvent) => void): void {
  const latest = useRef(handler);
  useEffect(() => {
    latest.current = handler;
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (isShortcut(event)) latest.current(event);
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
}

/** Keys that work on every page: Ctrl K, /, G then a letter, ?. J and K walk along rows, X selects one. */
export function useGlobalKeys(open: { search: () => void; keys: () => void }): void {
  const navigate = useNavigate();
  const go = useRef(0);
  const actions = useRef(open);
  useEffect(() => {
    actions.current = open;
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        actions.current.search();
      }
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
  useKeys((event) => {
    const key = event.key.toLowerCase();
    if (Date.now() - go.current < GO_WITHIN_MS) {
      go.current = 0;
      const tab = [...TABS, SETTINGS].find((one) => one.key === key);
      if (tab) {
        event.preventDefault();
        void navigate(to(tab.path));
        return;
      }
    }
    if (key === "g") go.current = Date.now();
    else if (key === "?") actions.current.keys();
    else if (key === "/") {
      event.preventDefault();
      document.querySelector<HTMLInputElement>("input[data-slash]")?.focus();
    } else if (key === "j" || key === "k") walk(key === "j" ? 1 : -1);
    else if (key === "x") rowAtFocus()?.querySelector<HTMLInputElement>('input[type="checkbox"]')?.click();
  });
}

function rowAtFocus(): HTMLElement | null {
  return document.activeElement?.closest<HTMLElement>("[data-rowid]") ?? null;
}

function walk(step: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-rowid]")];
  const at = rows.findIndex((row) => row === rowAtFocus());
  const next = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step))];
  const target = next?.querySelector<HTMLElement>(".cf-open, a, button");
  target?.focus();
  next?.scrollIntoView({ block: "nearest" });
}
