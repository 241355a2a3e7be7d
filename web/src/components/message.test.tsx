import { act, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { leave, pretendBrowser, show, signedInWith } from "../testing/shown";
import { Message } from "./Message";
import { setTimeStyle } from "./timeStyle";
import { When } from "./When";

beforeEach(() => {
  pretendBrowser();
  signedInWith();
});
afterEach(() => {
  vi.useRealTimers();
  setTimeStyle("relative");
  leave();
});

const AT = "2020-01-31T12:00:00Z";

it("counts on what is said to be since a time", async () => {
  vi.useFakeTimers({ now: new Date("2020-01-31T12:07:30Z"), shouldAdvanceTime: true });
  show(
    "/",
    () => (
      <p data-testid="words">
        <Message words={`no heartbeat from web-1 since ${AT}`} />
      </p>
    ),
    "/",
  );
  expect((await screen.findByTestId("words")).textContent).toBe("no heartbeat from web-1 for 7 min");
  act(() => void vi.advanceTimersByTime(60_000));
  expect(screen.getByTestId("words").textContent).toBe("no heartbeat from web-1 for 8 min");
});

it("writes times as the reader wants them", async () => {
  vi.useFakeTimers({ now: new Date("2020-02-01T12:00:00Z"), shouldAdvanceTime: true });
  show(
    "/",
    () => (
      <p data-testid="time">
        <When at={AT} />
      </p>
    ),
    "/",
  );
  expect((await screen.findByTestId("time")).textContent).toBe("1 d ago");
  act(() => setTimeStyle("utc"));
  expect(screen.getByTestId("time").textContent).toBe("01-31 12:00Z");
});
