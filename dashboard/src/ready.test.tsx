import { Suspense, type ReactElement } from "react";
import { flushSync } from "react-dom";
import { describe, expect, it } from "vitest";
import "./testing/browser";
import { whenAsked } from "./ready";
import { testRoot } from "./testing/root";

const Page = (): ReactElement => <p>here</p>;

function drawn(What: React.ComponentType): string {
  const { holder, root } = testRoot();
  flushSync(() => root.render(<Suspense fallback="coming"><What /></Suspense>));
  return holder.textContent;
}

describe("code that comes when it is asked for", () => {
  it("is drawn without a pause once it is here", async () => {
    const code = whenAsked(() => Promise.resolve({ default: Page }));
    await code.load();

    expect(drawn(code.page)).toBe("here");
  });

  it("is waited for where nobody brought it", () => {
    const code = whenAsked(() => Promise.resolve({ default: Page }));

    expect(drawn(code.page)).toBe("coming");
  });

  it("says again where it is drawn that it did not come", async () => {
    const code = whenAsked(() => Promise.reject(new Error("gone")));

    await expect(code.load()).rejects.toThrow("gone");
    expect(drawn(code.page)).toBe("coming");
  });
});
