import { describe, expect, it } from "vitest";
import { filled, searchRows } from "./searchRows";

const people = Array.from({ length: 2300 }, (_, at) => ({
  name: `user-${at}`,
  email: at === 2250 ? "Ada@Example.org" : "",
}));

function served(asked: [number, number][]) {
  return async (page: number, perPage: number) => {
    asked.push([page, perPage]);
    return { rows: people.slice((page - 1) * perPage, page * perPage), meta: { total: people.length } };
  };
}

describe("searchRows", () => {
  it("asks for the page alone where nothing is searched for", async () => {
    const asked: [number, number][] = [];
    const got = await searchRows(" ", ({ name }) => [name], served(asked), 2, 100);
    expect(asked).toEqual([[2, 100]]);
    expect(got.rows[0]?.name).toBe("user-100");
  });

  it("finds a row of a later page, whatever the case of its letters", async () => {
    const asked: [number, number][] = [];
    const got = await searchRows("ada@", ({ name, email }) => [name, email], served(asked), 1, 100);
    expect(got.rows.map(({ name }) => name)).toEqual(["user-2250"]);
    expect(got.meta.total).toBe(1);
    expect(asked).toHaveLength(3);
  });

  it("cuts what it found into pages", async () => {
    const got = await searchRows("user-1", ({ name }) => [name], served([]), 2, 100);
    expect(got.meta.total).toBe(1111);
    expect(got.rows).toHaveLength(100);
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
