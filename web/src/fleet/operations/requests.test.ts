import { expect, it } from "vitest";
import { finished } from "./requests";

it("counts each step of an operation once", () => {
  expect(finished({ counts: { total: 2, succeeded: 2 } })).toEqual({ done: 2, all: 2 });
  expect(finished({ counts: { total: 4, succeeded: 1, failed: 1, running: 1, queued: 1 } })).toEqual({
    done: 2,
    all: 4,
  });
});
