import { Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { isApiError } from "../../api/errors";
import { begin } from "../../api/session";
import { Failure } from "../../components/Failure";
import { text } from "../../text";
import { setUp } from "./steps";

/** The first administrator, with the token that only somebody on the control plane's host can read. */
export function SetupForm() {
  // The link that the control plane prints carries the token behind the #, which no browser sends anywhere.
  const [token, setToken] = useState(() => new URLSearchParams(location.hash.slice(1)).get("token") ?? "");
  const [username, setUsername] = useState("admin");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const differ = again !== "" && password !== again;

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (password !== again) return;
    setBusy(true);
    setError(null);
    try {
      const signedIn = await setUp(token.trim(), username.trim(), password, email.trim());
      history.replaceState(null, "", "/");
      begin(signedIn);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }
  const fieldError = (field: string) =>
    isApiError(error) ? error.details.find((detail) => detail.field === field)?.message : undefined;

  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="sm">
        <Text size="sm">{text.signIn.setupText}</Text>
        {error !== null && <Failure error={error} />}
        <PasswordInput
          label={text.signIn.setupToken}
          description={text.signIn.setupTokenHelp}
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
          error={fieldError("token")}
          autoComplete="off"
          autoFocus={token === ""}
          required
          withAsterisk={false}
        />
        <TextInput
          label={text.signIn.username}
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
          error={fieldError("username")}
          autoComplete="username"
          required
          withAsterisk={false}
        />
        <TextInput
          label={text.signIn.email}
          type="email"
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          error={fieldError("email")}
          autoComplete="email"
        />
        <PasswordInput
          label={text.signIn.newPassword}
          description={text.signIn.newPasswordHelp}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={fieldError("password")}
          autoComplete="new-password"
          autoFocus={token !== ""}
          required
          withAsterisk={false}
        />
        <PasswordInput
          label={text.signIn.repeatPassword}
          value={again}
          onChange={(event) => setAgain(event.currentTarget.value)}
          error={differ ? text.signIn.passwordsDiffer : undefined}
          autoComplete="new-password"
          required
          withAsterisk={false}
        />
        <Button type="submit" size="sm" loading={busy} disabled={differ}>
          {text.signIn.setupSubmit}
        </Button>
      </Stack>
    </form>
  );
}
