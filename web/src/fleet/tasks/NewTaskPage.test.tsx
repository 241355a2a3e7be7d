import { fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { leave, listed, playApi, pretendBrowser, show, signedInWith } from "../../testing/shown";
import { text } from "../../text/fleet";
import { NewTaskPage } from "./NewTaskPage";

beforeEach(pretendBrowser);
afterEach(leave);

const kind = (name: string) => ({
  name,
  summary: "",
  parameters: { type: "object", properties: {}, required: [] },
  timeout_s: 60,
  max_attempts: 3,
});
const kinds = { body: { data: ["collect_facts", "mesh_probe"].map(kind) } };
const nodes = listed(
  ["web-1", "web-2"].map((name) => ({ id: name, name })),
  2,
);

function open(mode: string) {
  signedInWith("task:write", "mesh:read", "agent:read");
  playApi({
    "GET /api/v1/tasks/kinds": kinds,
    "GET /api/v1/mesh": { body: { data: { mode, members: 2 } } },
    "GET /api/v1/nodes": nodes,
  });
  return show("/tasks/new", NewTaskPage, "/tasks/new", "/tasks");
}

async function offered(): Promise<(string | null)[]> {
  fireEvent.click(await screen.findByRole("combobox", { name: text.tasks.chooseKind }));
  await screen.findByRole("option", { name: "Collect facts", hidden: true });
  return screen.getAllByRole("option", { hidden: true }).map(({ textContent }) => textContent);
}

describe("a new task", () => {
  it("does not offer to measure a mesh that there is not", async () => {
    open("off");
    await waitFor(async () => expect(await offered()).not.toContain("Mesh probe"));
  });

  it("names kinds in words, and offers all that can succeed", async () => {
    open("kernel");
    await waitFor(async () => expect(await offered()).toContain("Mesh probe"));
  });

  it("takes all nodes that match at once, and can be left", async () => {
    const router = open("kernel");
    fireEvent.click(await screen.findByRole("button", { name: text.newTask.addAll(2) }));
    await waitFor(() => expect(router.state.location.search).toMatchObject({ node: "web-1,web-2" }));
    expect(screen.getByRole("link", { name: text.newTask.cancel }).getAttribute("href")).toBe("/tasks");
  });

  it("is for all nodes with a label, and says which these are now", async () => {
    signedInWith("task:write", "mesh:read", "agent:read");
    const asked = playApi({
      "GET /api/v1/tasks/kinds": kinds,
      "GET /api/v1/mesh": { body: { data: { mode: "kernel", members: 2 } } },
      "GET /api/v1/node-filters": {
        body: { data: { versions: [], systems: [], labels: [{ label: "tier=gold", nodes: 2 }] } },
      },
      "GET /api/v1/nodes": (url) =>
        url.searchParams.get("label") === "tier=gold"
          ? listed(
              ["web-1", "web-2"].map((name) => ({ id: name, name, workspace: "acme/web" })),
              2,
            )
          : listed([], 0),
      "POST /api/v1/operations": { status: 201, body: { data: { id: "o-1" } } },
    });
    const router = show(
      "/tasks/new?kind=collect_facts&by=label&label=tier",
      NewTaskPage,
      "/tasks/new",
      "/tasks",
      "/operations/$operation",
    );
    const field = await screen.findByRole("combobox", { name: text.newTask.label });
    await screen.findByText(text.common.labelWrong("tier"));
    fireEvent.change(field, { target: { value: "tier=none" } });
    await screen.findByText(text.newTask.noneMatches);
    fireEvent.change(field, { target: { value: "tier=gold" } });
    expect((await screen.findByText(/web-1, web-2/)).parentElement?.textContent).toContain(
      text.newTask.matching(2),
    );
    fireEvent.click(await screen.findByRole("button", { name: text.tasks.run(2) }));
    await waitFor(() => expect(asked).toContain("POST /api/v1/operations"));
    await waitFor(() => expect(router.state.location.pathname).toBe("/operations/o-1"));
  });

  it("does not send one order to several workspaces", async () => {
    signedInWith("task:write", "agent:read");
    playApi({
      "GET /api/v1/tasks/kinds": kinds,
      "GET /api/v1/nodes": listed(
        ["a", "b"].map((name) => ({ id: name, name, workspace: `acme/${name}` })),
        2,
      ),
    });
    show("/tasks/new?kind=collect_facts&by=label&label=tier%3Dgold", NewTaskPage, "/tasks/new", "/tasks");
    await screen.findByText(text.newTask.severalWorkspaces);
    expect(screen.getByRole("button", { name: text.tasks.run(2) }).hasAttribute("disabled")).toBe(true);
  });

  it("runs again with what it ran with, but for secrets", async () => {
    signedInWith("task:write", "agent:read");
    const properties = { count: { type: "integer" }, password: { type: "string", writeOnly: true } };
    const earlier = { id: "t-1", kind: "ping", parameters: { count: 7, password: "***" }, timeout_s: 33 };
    playApi({
      "GET /api/v1/tasks/kinds": {
        body: { data: [{ ...kind("ping"), parameters: { type: "object", properties, required: [] } }] },
      },
      "GET /api/v1/tasks/t-1": { body: { data: { ...earlier, max_attempts: 4 } } },
      "GET /api/v1/nodes": nodes,
    });
    show("/tasks/new?node=web-1&kind=ping&again=t-1", NewTaskPage, "/tasks/new", "/tasks");
    const typed = async (name: RegExp) => (await screen.findByLabelText(name)) as HTMLInputElement;
    expect((await typed(/^Count/)).value).toBe("7");
    expect((await typed(/^Password/)).value).toBe("");
    expect((await typed(new RegExp(text.tasks.timeout))).value).toBe("33");
    screen.getByRole("button", { name: text.tasks.run(1) });
  });
});
