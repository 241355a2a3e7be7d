import {
  Anchor,
  Button,
  Center,
  Divider,
  Loader,
  Paper,
  PasswordInput,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, Suspense, useState } from "react";
import { type ApiError, isApiError } from "../../api/errors";
import { begin } from "../../api/session";
import { Failure } from "../../components/Failure";
import { lazyPart } from "../../components/lazily";
import { text } from "../../text";
import { signInWithPasskey } from "./passkeys";
import { SecondFactor } from "./SecondFactor";
import { type Methods, signInMethods, signInWithPassword } from "./steps";

const SetupForm = lazyPart(() => import("./SetupForm"), "SetupForm");

/** Where this page is, as the path that signing in comes back to. */
function here(): string {
  return `${location.pathname}${location.search}`;
}

/** Signing in, over whatever address was asked for: after it that page is shown. `ended`: a session was there. */
export function SignInPage({ ended }: { ended: boolean }) {
  const methods = useQuery({
    queryKey: ["sign-in-methods"],
    queryFn: signInMethods,
    retry: (_count, error) => isApiError(error) && error.unreachable,
    retryDelay: 2000,
  });
  if (methods.data === undefined) {
    const failure = methods.failureReason;
    return (
      <Frame title={text.signIn.title}>
        {failure ? <Failure error={failure} onRetry={() => void methods.refetch()} /> : <Loader size="sm" />}
      </Frame>
    );
  }
  if (methods.data.setup_required) {
    return (
      <Frame title={text.signIn.setupTitle}>
        <Suspense fallback={<Loader size="sm" />}>
          <SetupForm />
        </Suspense>
      </Frame>
    );
  }
  return <SignIn methods={methods.data} ended={ended} />;
}

export function Frame({ title, children }: { title: string; children: ReactNode }) {
  useDocumentTitle(`${title} · ${text.common.product}`);
  return (
    <Center mih="100dvh" p="md" component="main">
      <Paper withBorder p="xl" radius="md" w="100%" maw={380}>
        <Stack gap="md">
          <img src="/icon.svg" alt="" width={32} height={32} />
          <Title order={1}>{title}</Title>
          {children}
        </Stack>
      </Paper>
    </Center>
  );
}

function SignIn({ methods, ended }: { methods: Methods; ended: boolean }) {
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [factor, setFactor] = useState<ApiError | null>(null);

  async function attempt(work: () => Promise<void>) {
    setBusy(true);
    setError(null);
    try {
      await work();
    } catch (failure) {
      if (isApiError(failure) && failure.code === "SECOND_FACTOR_REQUIRED") setFactor(failure);
      else setError(failure);
    } finally {
      setBusy(false);
    }
  }
  function submit(event: FormEvent) {
    event.preventDefault();
    void attempt(async () => begin(await signInWithPassword(username.trim(), password)));
  }

  if (factor !== null) {
    return (
      <Frame title={text.signIn.secondFactorTitle}>
        <SecondFactor required={factor} onStartOver={() => setFactor(null)} />
      </Frame>
    );
  }
  return (
    <Frame title={text.signIn.title}>
      {ended && (
        <Text size="sm" role="status">
          {text.signIn.ended}
        </Text>
      )}
      {error !== null && <Failure error={error} />}
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TextInput
            label={text.signIn.username}
            value={username}
            onChange={(event) => setUsername(event.currentTarget.value)}
            autoComplete="username webauthn"
            autoCapitalize="none"
            spellCheck={false}
            autoFocus
            required
            withAsterisk={false}
          />
          <PasswordInput
            label={text.signIn.password}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            autoComplete="current-password"
            required
            withAsterisk={false}
          />
          <Button type="submit" size="sm" loading={busy} fullWidth>
            {text.signIn.submit}
          </Button>
        </Stack>
      </form>
      {(methods.passkey || methods.providers.length > 0) && <Divider label={text.signIn.or} />}
      {methods.passkey && (
        <Button
          variant="default"
          size="sm"
          disabled={busy}
          onClick={() => void attempt(async () => begin(await signInWithPasskey()))}
        >
          {text.signIn.passkey}
        </Button>
      )}
      {methods.providers.map((provider) => (
        <Button
          key={provider.name}
          variant="default"
          size="sm"
          component="a"
          href={`${provider.start}?return_to=${encodeURIComponent(here())}`}
        >
          {text.signIn.provider(provider.display_name || provider.name)}
        </Button>
      ))}
      <Anchor href="/api/docs" size="xs">
        {text.common.apiReference}
      </Anchor>
    </Frame>
  );
}
