/** Changing what is kept: what somebody else changed meanwhile is not overwritten unseen. */
import { ApiProblem, call, callTagged } from "./client";

/** It is not what was read any more, but *now*. */
export class ChangedMeanwhile<T> extends Error {
  constructor(readonly now: T) {
    super("Somebody else changed this after you opened it. Show theirs, or save again to put yours in its place.");
    this.name = "ChangedMeanwhile";
  }
}

/** Put *body* in the place of what was read as *before*, unless that has become something else. */
export async function changeKept<B extends object, R>(path: string, before: B, body: B): Promise<R> {
  const { answer: now, tag } = await callTagged<B>(path);
  // As it was read; or as it shall be: then this very change was made, and its answer was lost.
  if (!agree(body, now, before) && !agree(body, now, body)) throw new ChangedMeanwhile(now);
  try {
    return await call<R>(path, { method: "PUT", body, ifMatch: tag });
  } catch (error) {
    if (!(error instanceof ApiProblem && error.status === 412)) throw error;
    throw new ChangedMeanwhile(await call<B>(path));
  }
}

/** Whether two have the same in all fields of *body*. */
function agree<B extends object>(body: B, one: B, other: B): boolean {
  return (Object.keys(body) as (keyof B)[]).every((name) => JSON.stringify(one[name]) === JSON.stringify(other[name]));
}
