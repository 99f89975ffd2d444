import { lazy, type ComponentType } from "react";

interface Code {
  default: ComponentType;
}

export interface Ready {
  page: ComponentType;
  load: () => Promise<Code>;
}

/**
 * A component whose code comes when it is asked for, and which is drawn at once where that is here already.
 *
 * Where React had to wait, if only for a promise that was kept long ago, it shows what came up to 0.3 s later, in the
 * hope of showing more at once.
 */
export function whenAsked(fetchCode: () => Promise<Code>): Ready {
  let known: Code | undefined;
  const load = (): Promise<Code> =>
    fetchCode().then((code) => {
      known = code;
      return code;
    });
  // React asks a promise for its value, and takes one that it is told of while it asks.
  const kept = (code: Code): Promise<Code> => ({ then: (take: (code: Code) => void) => take(code) }) as unknown as Promise<Code>;
  return { page: lazy(() => (known ? kept(known) : load())), load };
}
