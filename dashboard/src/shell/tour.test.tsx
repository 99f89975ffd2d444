import "../testing/browser";
import { act, type ReactElement } from "react";
import { afterEach, expect, test } from "vitest";
import { Refused, show } from "../testing/page";
import { useTour } from "./useTour";

afterEach(() => window.history.replaceState(null, "", "/"));

function Stage(): ReactElement {
  const { runs, end } = useTour();
  return runs ? <button type="button" onClick={end}>End the tour</button> : <p>No tour</p>;
}

const wait = (ms: number): Promise<void> => act(() => new Promise<void>((resolve) => setTimeout(resolve, ms)));

test("that the tour was seen and could not be saved is told, and it does not begin again", async () => {
  window.history.replaceState(null, "", "/plugin/cloudflow");
  const page = await show(<Stage />, "", { "GET me": { user: "team-docs", preferences: { tour_seen: false } }, "PUT me/preferences": new Refused(503, "The catalogue does not answer.") });
  await wait(1300);
  await page.click(page.find("button", "End the tour"));
  expect(page.text()).toContain("Your choice was not saved");
  expect(page.text()).toContain("The catalogue does not answer.");
  await wait(1300);
  expect(page.text()).toContain("No tour");
});
