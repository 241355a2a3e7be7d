import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ApiError, unreachable } from "../api/errors";
import { leave, pretendBrowser } from "../testing/shown";
import { forgetAllNotifications, forgetUnreachable, notifyFailure } from "./notify";

beforeEach(() => {
  pretendBrowser();
  render(
    <MantineProvider env="test">
      <Notifications />
    </MantineProvider>,
  );
});
afterEach(() => {
  forgetAllNotifications();
  leave();
});

it("names what failed, with no command of the terminal", async () => {
  notifyFailure(
    new ApiError({
      status: 404,
      code: "NOT_FOUND",
      message: "there is no node 'web-1'",
      nextStep: "See them all with: nimbus node list",
      requestId: "r-1",
    }),
  );
  const toast = await screen.findByRole("alert");
  expect(toast.textContent).toContain("there is no node 'web-1'");
  expect(toast.textContent).toContain("r-1");
  expect(toast.textContent).not.toContain("nimbus node");
});

it("says once that nobody answers, and no longer when somebody does again", async () => {
  notifyFailure(unreachable(new TypeError("network")));
  notifyFailure(unreachable(new TypeError("network")));
  await waitFor(() => expect(screen.getAllByRole("alert")).toHaveLength(1));
  forgetUnreachable();
  await waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
});
