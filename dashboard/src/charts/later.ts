const WITHIN_MS = 1000;

/** Resolves when the browser has nothing else to do, or in a second. */
function idle(): Promise<unknown> {
  // Safari does not tell; behind a task of its own it has drawn what was there, too.
  if (!("requestIdleCallback" in globalThis)) return new Promise((resolve) => setTimeout(resolve));
  return new Promise((resolve) => requestIdleCallback(resolve, { timeout: WITHIN_MS }));
}

/** Ask for code once the page around it can be used. */
export function later<T>(fetchCode: () => Promise<T>): () => Promise<T> {
  return () => idle().then(fetchCode);
}
