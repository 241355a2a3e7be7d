import { screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { leave, pretendBrowser, show, signedInWith } from "../testing/shown";
import { asWords } from "./asWords";
import { Field, Fields } from "./Fields";
import { local } from "./time";
import { When } from "./When";

beforeEach(() => {
  pretendBrowser();
  signedInWith();
});
afterEach(leave);

const AT = "2020-01-31T12:00:00Z";

function Page() {
  return (
    <>
      <Fields>
        <Field name="Created">
          <When at={AT} />
        </Field>
      </Fields>
      <p data-testid="row">
        <When at={AT} />
      </p>
    </>
  );
}

it("says the exact time beside the relative one in fields, to be read without a mouse", async () => {
  show("/", Page, "/");
  const exact = local(new Date(AT));
  expect((await screen.findByText("Created")).parentElement?.textContent).toContain(exact);
  expect(screen.getByTestId("row").textContent).not.toContain(exact);
});

it("writes names of the API as words", () => {
  expect([asWords("undo_failed"), asWords("Online"), asWords("wait_ms"), asWords("")]).toEqual([
    "Undo failed",
    "Online",
    "Wait ms",
    "",
  ]);
});
