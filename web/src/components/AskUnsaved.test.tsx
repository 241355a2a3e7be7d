import { fireEvent, screen, waitFor } from "@testing-library/react";
import { useState } from "react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { leave, pretendBrowser, show, signedInWith } from "../testing/shown";
import { AskUnsaved } from "./AskUnsaved";
import { PageLink } from "./PageLink";

beforeEach(() => {
  pretendBrowser();
  signedInWith();
});
afterEach(leave);

function Page() {
  const [changed, setChanged] = useState(false);
  return (
    <>
      <AskUnsaved changed={changed} />
      <button type="button" onClick={() => setChanged(true)}>
        Change
      </button>
      <PageLink to="/users">Users</PageLink>
    </>
  );
}

it("asks before changes are lost, and not where there are none", async () => {
  const router = show("/roles", Page, "/roles", "/users");
  fireEvent.click(await screen.findByText("Change"));
  fireEvent.click(screen.getByText("Users"));
  fireEvent.click(await screen.findByRole("button", { name: "Stay on this page" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(router.state.location.pathname).toBe("/roles");
  fireEvent.click(screen.getByText("Users"));
  fireEvent.click(await screen.findByRole("button", { name: "Discard changes" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/users"));
});

it("lets go at once where nothing was changed", async () => {
  const router = show("/roles", Page, "/roles", "/users");
  fireEvent.click(await screen.findByText("Users"));
  await waitFor(() => expect(router.state.location.pathname).toBe("/users"));
});
