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
});
