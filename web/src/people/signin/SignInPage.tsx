import { Anchor, Button, Divider, Loader, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { type ApiError, isApiError } from "../../api/errors";
import { begin, type SignedIn } from "../../api/session";
import { tellControlPlane } from "../../components/controlPlane";
import { Failure } from "../../components/Failure";
import { useSend } from "../../components/SendForm";
import { text } from "../../text/people";
import { Frame } from "./Frame";
import { signInWithPasskey } from "./passkeys";
import { SecondFactor } from "./SecondFactor";
import { SetupForm } from "./SetupForm";
import { type Methods, signInMethods, signInWithPassword } from "./steps";

const RETRY_MS = 2000;

/**
 * Signing in, whatever address was asked for: its page is shown after that. `ended`: a session was there, and is over.
 */
export function SignInPage({ ended }: { ended: boolean }) {
  const methods = useQuery({
    queryKey: ["sign-in-methods"],
    queryFn: signInMethods,
    retry: (_count, error) => isApiError(error) && error.unreachable,
    retryDelay: RETRY_MS,
  });
  const controlPlane = methods.data?.control_plane;
  useEffect(() => {
    if (controlPlane) tellControlPlane(controlPlane);
  }, [controlPlane]);
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
        <SetupForm />
      </Frame>
    );
  }
  return <SignIn methods={methods.data} ended={ended} />;
}

function SignIn({ methods, ended }: { methods: Methods; ended: boolean }) {
  const { send, busy, failure } = useSend();
  const [secondFactor, setSecondFactor] = useState<ApiError | null>(null);
  const signIn = (request: () => Promise<SignedIn>) =>
    void send(async () => {
      try {
        begin(await request());
      } catch (error) {
        if (!isApiError(error) || error.code !== "SECOND_FACTOR_REQUIRED") throw error;
        setSecondFactor(error);
      }
    });
  if (secondFactor !== null) {
    return (
      <Frame title={text.signIn.secondFactorTitle}>
        <SecondFactor required={secondFactor} onStartOver={() => setSecondFactor(null)} />
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
      {failure}
      <PasswordFields
        busy={busy}
        onSubmit={(username, password) => signIn(() => signInWithPassword(username, password))}
      />
      {(methods.passkey || methods.providers.length > 0) && <Divider label={text.signIn.or} />}
      {methods.passkey && (
        <Button variant="default" size="sm" disabled={busy} onClick={() => signIn(() => signInWithPasskey())}>
          {text.signIn.passkey}
        </Button>
      )}
      <Providers providers={methods.providers} />
      <Anchor href="/api/docs" size="xs">
        {text.common.apiReference}
      </Anchor>
    </Frame>
  );
}

interface PasswordFieldsProps {
  busy: boolean;
  onSubmit: (username: string, password: string) => void;
}

function PasswordFields({ busy, onSubmit }: PasswordFieldsProps) {
  const form = useForm({ initialValues: { username: "", password: "" } });
  const field = { required: true, withAsterisk: false };
  return (
    <form onSubmit={form.onSubmit(({ username, password }) => onSubmit(username.trim(), password))}>
      <Stack gap="sm">
        <TextInput
          {...field}
          label={text.signIn.username}
          autoComplete="username webauthn"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          {...form.getInputProps("username")}
        />
        <PasswordInput
          {...field}
          label={text.signIn.password}
          autoComplete="current-password"
          {...form.getInputProps("password")}
        />
        <Button type="submit" size="sm" loading={busy} fullWidth>
          {text.signIn.submit}
        </Button>
      </Stack>
    </form>
  );
}

/** Links to identity providers, which send the browser back to the page that was asked for. */
function Providers({ providers }: Pick<Methods, "providers">) {
  const returnTo = encodeURIComponent(`${location.pathname}${location.search}`);
  return providers.map((provider) => (
    <Button
      key={provider.name}
      variant="default"
      size="sm"
      component="a"
      href={`${provider.start}?return_to=${returnTo}`}
    >
      {text.signIn.provider(provider.display_name || provider.name)}
    </Button>
  ));
}
