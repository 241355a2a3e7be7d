import { TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { fireEvent, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ApiError } from "../api/errors";
import { leave, pretendBrowser, show, signedInWith } from "../testing/shown";
import { dialog } from "./dialog";
import { SendForm } from "./SendForm";

beforeEach(() => {
  pretendBrowser();
  signedInWith();
});
afterEach(leave);

const details = [{ field: "username", message: "must be a name" }];
const refused = new ApiError({
  status: 422,
  code: "VALIDATION_ERROR",
  message: "username: must be a name",
  requestId: "r-1",
  details,
});

function Fields({ error }: { error: ApiError }) {
  const form = useForm({ initialValues: { username: "" } });
  return (
    <SendForm form={form} submitLabel="Save" submit={() => Promise.reject(error)}>
      <TextInput label="User name" {...form.getInputProps("username")} />
    </SendForm>
  );
}

describe("a form that was refused", () => {
  it("says at the field what is wrong with it, and nowhere else", async () => {
    show("/", () => <Fields error={refused} />, "/");
    fireEvent.click(await screen.findByRole("button", { name: "Save" }));
    await screen.findByText("Must be a name");
    expect(screen.queryByRole("alert")).toBeNull();
    expect(screen.getByLabelText("User name").getAttribute("aria-invalid")).toBe("true");
  });

  it("says above the button what belongs to no field, once, with the request's id behind details", async () => {
    const other = new ApiError({
      ...refused,
      message: "cpu: must be a number",
      details: [{ field: "cpu", message: "must be a number" }],
    });
    show("/", () => <Fields error={other} />, "/");
    fireEvent.click(await screen.findByRole("button", { name: "Save" }));
    const alert = await screen.findByRole("alert");
    expect(alert.textContent?.match(/must be a number/g)).toHaveLength(1);
    expect(within(alert).getByText("r-1").closest("details")).not.toBeNull();
  });
});

it("can be left without sending it, in a dialog", async () => {
  show(
    "/",
    () => (
      <button type="button" onClick={() => dialog("New user", () => <Fields error={refused} />)}>
        Open
      </button>
    ),
    "/",
  );
  fireEvent.click(await screen.findByText("Open"));
  fireEvent.click(await screen.findByRole("button", { name: "Cancel" }));
  await screen.findByText("Open");
});
