import { describe, expect, it } from "vitest";
import { parametersOf, readParameters } from "./parameters";

const schema = {
  $ref: "#/$defs/Probe",
  $defs: {
    Probe: {
      type: "object",
      properties: {
        count: { type: "integer", description: "echo requests", minimum: 1, maximum: 20, default: 3 },
        ratio: { type: "number" },
        force: { type: "boolean", default: false },
        mode: { enum: ["fast", "slow"], default: "fast" },
        name: { anyOf: [{ type: "string" }, { type: "null" }], default: null },
        note: { type: ["string", "null"] },
      },
      required: ["ratio"],
    },
  },
};

describe("a form of a task's parameters", () => {
  const parameters = parametersOf(schema);

  it("has a field for each, of its kind", () => {
    expect(parameters.map(({ name, kind }) => [name, kind])).toEqual([
      ["count", "whole"],
      ["ratio", "number"],
      ["force", "switch"],
      ["mode", "choice"],
      ["name", "json"],
      ["note", "words"],
    ]);
    expect(parameters[0]).toMatchObject({
      initial: "3",
      minimum: 1,
      maximum: 20,
      description: "echo requests",
    });
    expect(parameters.map(({ required }) => required)).toEqual([false, true, false, false, false, false]);
    expect(parameters[3]?.choices).toEqual(["fast", "slow"]);
  });

  it("gives what was filled in as the API takes it", () => {
    const { values, wrong } = readParameters(parameters, {
      count: "7",
      ratio: "0.5",
      force: "true",
      name: '"x"',
      note: "",
    });
    expect(wrong).toEqual([]);
    expect(values).toEqual({ count: 7, ratio: 0.5, force: true, mode: "fast", name: "x" });
  });

  it("names what cannot be read", () => {
    expect(readParameters(parameters, { count: "2.5", ratio: "x", name: "{" }).wrong).toEqual([
      "count",
      "ratio",
      "name",
    ]);
  });

  it("of a kind that takes nothing is empty", () => {
    expect(parametersOf({ type: "object", properties: {} })).toEqual([]);
    expect(parametersOf({})).toEqual([]);
  });

  it("hides what is secret", () => {
    const [token] = parametersOf({
      type: "object",
      properties: { token: { type: "string", writeOnly: true, format: "password" } },
    });
    expect(token?.kind).toBe("secret");
    expect(readParameters(token ? [token] : [], { token: "12" }).values).toEqual({ token: "12" });
  });
});
