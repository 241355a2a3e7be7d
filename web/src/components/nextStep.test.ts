import { expect, it } from "vitest";
import { ApiError } from "../api/errors";
import { text } from "../text";
import { nextStepOf } from "./nextStep";

const stepOf = (code: string, nextStep: string) =>
  nextStepOf(new ApiError({ status: 404, code, message: "no", nextStep }));

it("leads to a page instead of naming a command", () => {
  expect(stepOf("NOT_FOUND", "See them all with: nimbus node list")).toEqual({
    words: "See: Nodes",
    to: "/nodes",
  });
  expect(stepOf("NOT_FOUND", "See them with: nimbus iam list-users")?.to).toBe("/users");
  expect(stepOf("CONFLICT", "Set one with: nimbus mail set")).toMatchObject({
    to: "/settings",
    search: { tab: "mail" },
  });
  expect(stepOf("CONFLICT", "Disable it first: nimbus iam totp disable")?.to).toBe("/account");
});

it("says nothing rather than a command that no page stands for", () => {
  expect(stepOf("UNAUTHENTICATED", "Try again: nimbus login")).toBeUndefined();
  expect(stepOf("NOT_FOUND", "")).toBeUndefined();
});

it("has its own words for some errors, and keeps the control plane's where they are good here, too", () => {
  expect(stepOf("FORBIDDEN", "Ask an administrator (nimbus iam can explains).")?.to).toBe("/account");
  expect(stepOf("RATE_LIMITED", "Try again in 30 s.")).toEqual({ words: "Try again in 30 s." });
  const away = new ApiError({ status: 0, code: "UNREACHABLE", message: "no" });
  expect(nextStepOf(away)).toEqual({ words: text.errors.unreachableNext });
});
