import { describe, expect, it } from "vitest";
import { WORDS } from "./words";

const SOURCES = Object.values(import.meta.glob<string>("./**/*.tsx", { query: "?raw", import: "default", eager: true })).join("\n");
const used = Object.keys(WORDS).filter((word) => SOURCES.includes(`"${word}"`) || SOURCES.includes(`WORDS.${word}`) || ["cancel", "retry", "rollback", "hot", "warm", "cold"].includes(word));

describe("the tooltips", () => {
  it("explain at least thirty terms", () => expect(used.length).toBeGreaterThanOrEqual(30));

  it("end with a full stop only where there are two sentences", () =>
    expect(Object.values(WORDS).filter((text) => text.endsWith(".") !== /\. [A-Z]/.test(text))).toEqual([]));
});
