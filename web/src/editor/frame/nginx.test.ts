import { describe, expect, it } from "vitest";
import { place } from "./nginx";

describe("what is offered where the cursor stands", () => {
  it.each([
    ["", "directive"],
    ["server {\n    list", "directive"],
    ["listen 80;\n    ", "directive"],
    ["}\n", "directive"],
    ["{{#if a}}\n  ", "directive"],
    ["listen 80", "nothing"],
    ["# server {", "nothing"],
    ["server_name {{na", "value"],
    ["server_name {{name}} ", "nothing"],
    ["{{#each locations}}\nlocation {{../", "value"],
  ] as const)("%j: %s", (before, wanted) => {
    expect(place(before)).toBe(wanted);
  });
});
