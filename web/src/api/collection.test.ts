import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { collection, listAt } from "./collection";
import { queryClient } from "./queries";

vi.mock("./session", () => ({ accessToken: async () => "token", renew: vi.fn(), end: vi.fn() }));

const group = { id: "g-1", name: "admins" };

describe("a collection", () => {
  const groups = collection("/api/v1/groups/{group}");
  const requests: Request[] = [];
  let answer: { status: number; body: object; headers?: Record<string, string> };

  beforeEach(() => {
    requests.length = 0;
    vi.stubGlobal("fetch", async (request: Request) => {
      requests.push(request);
      return new Response(JSON.stringify(answer.body), { status: answer.status, headers: answer.headers });
    });
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    queryClient.clear();
  });

  const sent = () => requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`);

  it("is named after its path", () => {
    expect([groups.name, groups.path, groups.param]).toEqual(["groups", "/api/v1/groups", "group"]);
    expect(groups.get("admins").queryKey).toEqual(["groups", "resource", "admins"]);
    expect(listAt("/api/v1/personal-keys", "keys").name).toBe("keys");
  });

  it("sends the tag with a change, and asks again for what is shown of it", async () => {
    queryClient.setQueryData(["groups", "all"], []);
    queryClient.setQueryData(["roles", "all"], []);
    answer = { status: 200, body: { data: group } };
    expect(await groups.change("g-1", { name: "admins" }, '"7"')).toEqual(group);
    expect(sent()).toEqual(["PATCH /api/v1/groups/g-1"]);
    expect(requests[0]?.headers.get("If-Match")).toBe('"7"');
    expect(queryClient.getQueryState(["groups", "all"])?.isInvalidated).toBe(true);
    expect(queryClient.getQueryState(["roles", "all"])?.isInvalidated).toBe(false);
  });

  it("forgets what it has removed, and does not ask again for it", async () => {
    queryClient.setQueryData(groups.get("g-1").queryKey, group);
    queryClient.setQueryData(groups.get("g-2").queryKey, group);
    answer = { status: 200, body: { data: group } };
    await groups.remove("g-1");
    expect(sent()).toEqual(["DELETE /api/v1/groups/g-1"]);
    expect(queryClient.getQueryState(groups.get("g-1").queryKey)).toBeUndefined();
    expect(queryClient.getQueryState(groups.get("g-2").queryKey)?.isInvalidated).toBe(true);
  });

  it("raises what the control plane refuses, and leaves what is shown as it is", async () => {
    queryClient.setQueryData(["groups", "all"], []);
    answer = { status: 412, body: { error: { code: "PRECONDITION_FAILED", message: "changed meanwhile" } } };
    await expect(groups.change("g-1", {}, '"1"')).rejects.toMatchObject({ code: "PRECONDITION_FAILED" });
    expect(queryClient.getQueryState(["groups", "all"])?.isInvalidated).toBe(false);
  });

  it("reads a resource with its tag", async () => {
    answer = { status: 200, body: { data: group }, headers: { ETag: '"3"' } };
    expect(await groups.get("g-1").queryFn()).toEqual({ value: group, tag: '"3"' });
  });

  it("is taken out as CSV page by page, with one heading", async () => {
    vi.stubGlobal("fetch", async (request: Request) => {
      requests.push(request);
      const page = new URL(request.url).searchParams.get("page");
      const headers = page === "1" ? { Link: '</api/v1/groups?page=2>; rel="next"' } : undefined;
      return new Response(`name\r\ngroup-${page}\r\n`, { headers });
    });
    const file = await groups.csv?.({ organization: "acme" });
    expect(await file?.text()).toBe("name\r\ngroup-1\r\ngroup-2\r\n");
    expect(requests.map(({ headers }) => headers.get("Accept"))).toEqual(["text/csv", "text/csv"]);
    expect(new URL(requests[1]?.url ?? "").search).toBe("?organization=acme&page=2&per_page=1000");
  });

  it("has no requests but those of the API", () => {
    const tasks = collection("/api/v1/tasks/{task}");
    // @ts-expect-error: a task is not changed
    const change = () => tasks.change("t-1", { kind: "other" });
    // @ts-expect-error: groups have no state to filter by
    const list = () => groups.list({ state: "valid" });
    expect([change, list]).toHaveLength(2);
  });
});
