import { describe, expect, it } from "vitest";
import { filled, searchRows } from "./searchRows";

const people = Array.from({ length: 2300 }, (_, at) => ({
  name: `user-${at}`,
  email: at === 2250 ? "Ada@Example.org" : "",
}));

function listOf(requests: [number, number][]) {
  return async (page: number, perPage: number) => {
    requests.push([page, perPage]);
    return { rows: people.slice((page - 1) * perPage, page * perPage), meta: { total: people.length } };
  };
}

describe("searchRows", () => {
  it("asks for the page alone where nothing is searched for", async () => {
    const requests: [number, number][] = [];
    const result = await searchRows(" ", ({ name }) => [name], listOf(requests), 2, 100);
    expect(requests).toEqual([[2, 100]]);
    expect(result.rows[0]?.name).toBe("user-100");
  });

  it("finds a row of a later page, whatever the case of its letters", async () => {
    const requests: [number, number][] = [];
    const result = await searchRows("ada@", ({ name, email }) => [name, email], listOf(requests), 1, 100);
    expect(result.rows.map(({ name }) => name)).toEqual(["user-2250"]);
    expect(result.meta.total).toBe(1);
    expect(requests).toHaveLength(3);
  });

  it("cuts what matches into pages", async () => {
    const result = await searchRows("user-1", ({ name }) => [name], listOf([]), 2, 100);
    expect(result.meta.total).toBe(1111);
    expect(result.rows).toHaveLength(100);
  });
});

describe("filled", () => {
  it("leaves out what says nothing", () => {
    expect(filled({ name: "", state: "valid", page: 1, user: undefined })).toEqual({
      state: "valid",
      page: 1,
    });
  });
});
