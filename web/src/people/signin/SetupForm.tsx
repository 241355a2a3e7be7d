import { Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { isApiError } from "../../api/errors";
import { begin } from "../../api/session";
import { type FieldErrors, takenByFields } from "../../components/fieldErrors";
import { useSend } from "../../components/SendForm";
import { text } from "../../text/people";
import { setUp } from "./steps";

const NOTHING = { errors: {} as FieldErrors, whole: false };

/** The link that the control plane prints carries the token behind the #, which no browser sends anywhere. */
function tokenOfAddress(): string {
  return new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
}

/** The first administrator, with the token that only somebody on the control plane's host can read. */
export function SetupForm() {
  const form = useForm({
    initialValues: { token: tokenOfAddress(), username: "admin", email: "", password: "", repeated: "" },
  });
  const { send, busy, error, failure } = useSend();
  const { token, username, email, password, repeated } = form.values;
  const differ = repeated !== "" && password !== repeated;
  const submit = () => {
    if (password !== repeated) return;
    void send(async () => {
      const signedIn = await setUp(token.trim(), username.trim(), password, email.trim());
      history.replaceState(null, "", "/");
      begin(signedIn);
    });
  };
  const taken = isApiError(error) ? takenByFields(error, form.values) : NOTHING;
  const field = (name: keyof typeof form.values) => ({
    ...form.getInputProps(name),
    error: taken.errors[name],
  });
  const required = { required: true, withAsterisk: false };
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack gap="sm">
        <Text size="sm">{text.signIn.setupText}</Text>
        {!taken.whole && failure}
        <PasswordInput
          {...required}
          label={text.signIn.setupToken}
          description={text.signIn.setupTokenHelp}
          autoComplete="off"
          autoFocus={token === ""}
          {...field("token")}
        />
        <TextInput
          {...required}
          label={text.signIn.username}
          autoComplete="username"
          {...field("username")}
        />
        <TextInput label={text.signIn.email} type="email" autoComplete="email" {...field("email")} />
        <PasswordInput
          {...required}
          label={text.signIn.newPassword}
          description={text.signIn.newPasswordHelp}
          autoComplete="new-password"
          autoFocus={token !== ""}
          {...field("password")}
        />
        <PasswordInput
          {...required}
          label={text.signIn.repeatPassword}
          autoComplete="new-password"
          {...form.getInputProps("repeated")}
          error={differ ? text.signIn.passwordsDiffer : undefined}
        />
        <Button type="submit" size="sm" loading={busy} disabled={differ}>
          {text.signIn.setupSubmit}
        </Button>
      </Stack>
    </form>
  );
}
