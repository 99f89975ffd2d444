import { act, useEffect, useState, type ReactElement } from "react";
import { createRoot, type Root } from "react-dom/client";
import { RouterProvider, useLocation } from "react-router-dom";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import "./testing/browser";
import { airflow } from "./testing/airflow";

const seen = { begun: 0, ended: 0 };

/** Stands for all of ours: it remembers what somebody did, and counts how often it has to begin anew. */
function Page(): ReactElement {
  const [chosen, setChosen] = useState(0);
  useEffect(() => {
    seen.begun += 1;
    return () => {
      seen.ended += 1;
    };
  }, []);
  return (
    <button type="button" onClick={() => setChosen(chosen + 1)}>
      {chosen} chosen at {useLocation().pathname}
    </button>
  );
}
vi.mock("./App", () => ({ default: Page, bring: () => Promise.resolve() }));

const LONG_ENOUGH_MS = 800;
const refused = (): Promise<unknown> => Promise.reject(new Error("Airflow need not load this"));

describe("the page inside Airflow", () => {
  let holder: HTMLElement;
  let root: Root;
  let router: ReturnType<typeof airflow>;
  const button = (): HTMLElement | null => holder.querySelector("button");
  const wait = (ms = 20): Promise<void> =>
    act(async () => {
      await new Promise((resolve) => setTimeout(resolve, ms));
    });
  const come = async (): Promise<void> => {
    // Its code is brought for the first time here, which takes a busy machine seconds.
    for (let tries = 0; tries < 400 && !button(); tries++) await wait();
    expect(button()).not.toBeNull();
  };
  const go = async (path: string): Promise<void> => {
    await act(() => router.navigate(path));
    await wait();
  };
  const open = async (path: string, how?: { swaps: boolean }): Promise<void> => {
    router = airflow({ home: () => import("./home"), main: () => import("./main") }, path, how);
    await act(async () => {
      root.render(<RouterProvider router={router} />);
      await Promise.resolve();
    });
    await wait();
  };

  beforeEach(() => {
    vi.resetModules();
    Object.assign(seen, { begun: 0, ended: 0 });
    Object.assign(globalThis, { CloudFlow: undefined, CloudFlowHome: undefined });
    Reflect.deleteProperty(globalThis, "AirflowPlugin");
    holder = document.createElement("div");
    document.body.append(holder);
    root = createRoot(holder);
  });
  afterEach(() => {
    act(() => root.unmount());
    holder.remove();
  });

  it.each([true, false])("knows what it knew, whatever Airflow makes anew around it (swaps: %s)", async (swaps) => {
    await open("/plugin/cloudflow/files", { swaps });
    if (!swaps) await wait(LONG_ENOUGH_MS);
    await come();
    await act(async () => { button()?.click(); await Promise.resolve(); });

    await go("/plugin/cloudflow/files?name=report");
    await go("/plugin/cloudflow/files/f-1");
    await go("/plugin/cloudflow/migrations");

    expect(button()?.textContent).toBe("1 chosen at /plugin/cloudflow/migrations");
    expect(seen).toEqual({ begun: 1, ended: 0 });
  });

  it("is drawn at once, and once, where it was here before Airflow asked for it", async () => {
    window.history.replaceState(null, "", "/plugin/cloudflow");
    await import("./home");
    await import("./main");
    await wait();
    router = airflow({ home: refused, main: refused }, "/plugin/cloudflow/files");
    act(() => root.render(<RouterProvider router={router} />));
    await wait();
    await come();
    window.history.replaceState(null, "", "/");
    await act(async () => { button()?.click(); await Promise.resolve(); });

    await go("/plugin/cloudflow/files/f-1");

    expect(button()?.textContent).toBe("1 chosen at /plugin/cloudflow/files/f-1");
    expect(seen).toEqual({ begun: 1, ended: 0 });
  });

  it("ends where Airflow's own pages begin, and begins when somebody comes", async () => {
    await open("/dags");
    expect(seen.begun).toBe(0);
    await go("/plugin/cloudflow");
    await come();
    expect(button()?.textContent).toBe("0 chosen at /plugin/cloudflow");

    await go("/dags");
    expect(holder.textContent).toBe("Dags");
    expect(document.body.querySelector("button")).toBeNull();
    expect(seen).toEqual({ begun: 1, ended: 1 });

    await go("/plugin/cloudflow/files");
    expect(button()?.textContent).toBe("0 chosen at /plugin/cloudflow/files");
    expect(seen).toEqual({ begun: 2, ended: 1 });
  });
});
