import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { leave, listed, playApi, pretendBrowser, show, signedInWith } from "../../testing/shown";
import { text } from "../../text/fleet";
import { TasksPage } from "./TasksPage";

beforeEach(() => {
  pretendBrowser();
  signedInWith("task:read", "task:write", "agent:read");
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(400);
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(800);
});
afterEach(() => {
  vi.restoreAllMocks();
  leave();
});

const task = (id: string, state: string) => ({
  id,
  kind: "collect_facts",
  node: "web-1",
  node_id: "n-1",
  state,
  attempt: 1,
  max_attempts: 3,
  percent: null,
  cancel_requested: false,
  created_at: "2026-11-30T12:00:00Z",
  created_by: "ada",
  started_at: null,
  finished_at: null,
});
const tasks = [task("1", "queued"), task("2", "running"), task("3", "failed"), task("4", "succeeded")];

function open(address: string) {
  const changed = { body: { data: tasks[0] } };
  const asked = playApi({
    "GET /api/v1/tasks": listed(tasks),
    "GET /api/v1/tasks/kinds": { body: { data: [] } },
    "POST /api/v1/tasks/1/cancel": changed,
    "POST /api/v1/tasks/2/cancel": changed,
    "POST /api/v1/tasks/3/retry": changed,
  });
  show(address, TasksPage, "/tasks", "/tasks/$task", "/tasks/new");
  return asked;
}

const selectAll = async () =>
  fireEvent.click(await screen.findByRole("checkbox", { name: text.common.selectAll }));

describe("the list of tasks", () => {
  it("cancels those that are open, after one question that counts them", async () => {
    const asked = open("/tasks");
    await selectAll();
    fireEvent.click(await screen.findByRole("button", { name: `${text.bulkTasks.cancel(2)}…` }));
    const dialog = await screen.findByRole("dialog", { name: text.bulkTasks.cancelTitle(2) });
    within(dialog).getByText(new RegExp(text.bulkTasks.others(2)));
    expect(asked.some((each) => each.startsWith("POST"))).toBe(false);
    fireEvent.click(within(dialog).getByRole("button", { name: text.bulkTasks.cancel(2) }));
    await waitFor(() =>
      expect(asked.filter((each) => each.startsWith("POST")).sort()).toEqual([
        "POST /api/v1/tasks/1/cancel",
        "POST /api/v1/tasks/2/cancel",
      ]),
    );
  });

  it("retries what failed", async () => {
    const asked = open("/tasks");
    await selectAll();
    fireEvent.click(await screen.findByRole("button", { name: `${text.bulkTasks.retry(1)}…` }));
    const dialog = await screen.findByRole("dialog", { name: text.bulkTasks.retryTitle(1) });
    fireEvent.click(within(dialog).getByRole("button", { name: text.bulkTasks.retry(1) }));
    await waitFor(() => expect(asked).toContain("POST /api/v1/tasks/3/retry"));
  });

  it("is narrowed to a node and a time", async () => {
    const asked = open("/tasks?node=web-1&period=2026-11-01T00:00:00Z/");
    await selectAll();
    const [list = ""] = asked.filter((each) => each.startsWith("GET /api/v1/tasks?"));
    expect(list).toContain("node=web-1");
    expect(decodeURIComponent(list)).toContain("since=2026-11-01T00:00:00Z");
    expect(list).not.toContain("period");
  });
});
