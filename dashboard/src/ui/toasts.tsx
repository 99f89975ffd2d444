import IconButton from "@mui/material/IconButton";
import { createContext, useCallback, useContext, useRef, useState, type ReactElement, type ReactNode } from "react";
import { Icon, type IconName } from "./icons";

export interface Toast {
  title: string;
  note?: string;
  kind?: "ok" | "info" | "error";
  action?: { label: string; run: () => void };
}

type Show = (toast: Toast) => void;
const Context = createContext<Show>(() => undefined);
const ICONS: Record<string, [IconName, string]> = { ok: ["checkCircle", "var(--cf-ok)"], info: ["info", "var(--cf-text2)"], error: ["alert", "var(--cf-error)"] };
const MOST = 3;
const STAYS_MS = 6000;

export function useToast(): Show {
  return useContext(Context);
}

/** Copy *text* and say what came of it: browsers copy on HTTPS and localhost only. */
export async function copied(text: string, what: string): Promise<Toast> {
  try {
    await navigator.clipboard.writeText(text);
    return { title: `${what} copied`, kind: "info" };
  } catch {
    return { title: "Not copied", note: "The browser copies on secure connections only: select the text instead.", kind: "info" };
  }
}

/** Errors stay as long as there is another one to give way. */
function withRoom<T extends Toast>(toasts: readonly T[]): readonly T[] {
  if (toasts.length < MOST) return toasts;
  const leaves = toasts.find((toast) => toast.kind !== "error") ?? toasts[0];
  return toasts.filter((toast) => toast !== leaves);
}

/** Bottom left, at most three, six seconds; errors stay until they are closed. */
export function Toasts({ children }: { children: ReactNode }): ReactElement {
  const [toasts, setToasts] = useState<readonly (Toast & { id: number })[]>([]);
  const last = useRef(0);
  const close = useCallback((id: number) => setToasts((all) => all.filter((toast) => toast.id !== id)), []);
  const show = useCallback<Show>(
    (toast) => {
      const id = ++last.current;
      setToasts((all) => [...withRoom(all), { ...toast, id }]);
      if (toast.kind !== "error") setTimeout(() => close(id), STAYS_MS);
    },
    [close],
  );
  return (
    <Context.Provider value={show}>
      {children}
      <div className="cf-toasts" aria-live="polite">
        {toasts.map((toast) => {
          const [icon, color] = ICONS[toast.kind ?? "ok"] ?? ["info", "inherit"];
          return (
            <div className="cf-toast" key={toast.id} role={toast.kind === "error" ? "alert" : undefined}>
              <Icon name={icon} color={color} />
              <div className="cf-grow">
                <div style={{ fontWeight: 500 }}>{toast.title}</div>
                {toast.note && <div className="cf-meta cf-2" style={{ overflowWrap: "anywhere" }}>{toast.note}</div>}
              </div>
              {toast.action && (
                <button
                  type="button"
                  className="cf-link"
                  onClick={() => {
                    toast.action?.run();
                    close(toast.id);
                  }}
                >
                  {toast.action.label}
                </button>
              )}
              <IconButton size="small" aria-label="Close this message" onClick={() => close(toast.id)}>
                <Icon name="close" size={16} />
              </IconButton>
            </div>
          );
        })}
      </div>
    </Context.Provider>
  );
}
