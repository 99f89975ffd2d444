/** A write whose answer was lost may have been done: sent again, it says the same key, and counts once. */

const MEANT_FOR_MS = 10 * 60_000;
/** The API still works on the one before. */
const AT_WORK = "lost-race";
const open = new Map<string, { key: string; at: number }>();

/** Do *write* with its key: that of the last try where nobody knows what became of it, else a new one. */
export async function onceOnly<T>(names: readonly unknown[], write: (key: string) => Promise<T>): Promise<T> {
  const name = JSON.stringify(names);
  // Who asks for the same much later means it anew.
  for (const [one, { at }] of open) if (Date.now() - at > MEANT_FOR_MS) open.delete(one);
  const key = open.get(name)?.key ?? newKey();
  try {
    const answer = await write(key);
    open.delete(name);
    return answer;
  } catch (error) {
    if (isOpen(error)) open.set(name, { key, at: Date.now() });
    else open.delete(name);
    throw error;
  }
}

/** Silence, a server or proxy that broke, or one that has not ended yet. */
function isOpen(error: unknown): boolean {
  const { status, kind } = error as { status?: number; kind?: string };
  return status === 0 || (status !== undefined && status >= 500) || kind === AT_WORK;
}

function newKey(): string {
  // crypto.randomUUID exists on HTTPS and localhost only.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
