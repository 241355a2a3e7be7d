import { fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { leave, pretendBrowser, show, signedInWith } from "../testing/shown";
import { confirmDestructive } from "./confirm";

beforeEach(() => {
  pretendBrowser();
  signedInWith();
});
afterEach(leave);

const run = vi.fn(async () => undefined);
const ask = () =>
  confirmDestructive({
    title: "Cancel it?",
    consequences: "It stops.",
    confirmLabel: "Cancel task",
    keepLabel: "Keep running",
    run,
  });

function Page() {
  return (
    <button type="button" onClick={ask}>
      Ask
    </button>
  );
}

it("never offers two buttons of the same name", async () => {
  show("/", Page, "/");
  fireEvent.click(await screen.findByText("Ask"));
  const dialog = await screen.findByRole("dialog");
  const names = [...dialog.querySelectorAll("button")].map(
    (button) => button.textContent || button.ariaLabel,
  );
  expect(names).toContain("Keep running");
  expect(new Set(names).size).toBe(names.length);
  fireEvent.click(screen.getByRole("button", { name: "Keep running" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(run).not.toHaveBeenCalled();
});
