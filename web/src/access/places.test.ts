import { expect, it } from "vitest";
import { organizationOf, placeOf } from "./places";

it("tells a workspace from a whole organization", () => {
  expect(placeOf("acme")).toEqual({ organization: "acme" });
  expect(placeOf("acme/web")).toEqual({ workspace: "acme/web" });
  expect(organizationOf("acme/web")).toBe("acme");
  expect(organizationOf("acme")).toBe("acme");
});
