/** The files of tests share their processes, which take longer to start than most files run: here each begins as the first one did. */
import { afterAll, vi } from "vitest";

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
// Our own modules come anew, with all that they keep; the packages stay.
vi.resetModules();
vi.useRealTimers();
vi.unstubAllGlobals();
localStorage.clear();
document.body.replaceChildren();
window.history.replaceState(null, "", "/");

// Code that is still on its way would come in the middle of the next file.
afterAll(() => vi.dynamicImportSettled());
