import { Button, Group, Text } from "@mantine/core";
import { useWhoAmI } from "../../access/useAccess";
import { api, dataOf } from "../../api/client";
import { ApiError } from "../../api/errors";
import { signOut } from "../../api/session";
import { notifyFailure } from "../../components/notify";
import { useSend } from "../../components/SendForm";
import { text } from "../../text/people";
import { type CliRequest, cliRequestOf, isOfCommandLine, refusalOf } from "./cliRequest";
import { Frame } from "./Frame";

/** A command line on this computer wants to act as whoever is signed in here: they are request. */
export function CliLoginPage() {
  const request = cliRequestOf(location.search);
  return (
    <Frame title={text.signIn.cliTitle}>
      {request ? (
        <Question request={request} />
      ) : (
        <Text size="sm" role="alert">
          {text.signIn.cliBad}
        </Text>
      )}
    </Frame>
  );
}

function Question({ request }: { request: CliRequest }) {
  const { name } = useWhoAmI();
  const { send, busy, failure } = useSend();
  const grant = () =>
    send(async () => {
      const { redirect } = await dataOf(api.POST("/api/v1/auth/cli-grants", { body: request }));
      if (!isOfCommandLine(redirect, request.port)) {
        throw new ApiError({ status: 400, code: "NOT_LOOPBACK", message: text.signIn.cliElsewhere });
      }
      location.replace(redirect);
    });
  return (
    <>
      <Text size="sm">{text.signIn.cliText}</Text>
      <Text fw={600}>{text.signIn.cliQuestion(name)}</Text>
      {failure}
      <Group gap="xs">
        <Button size="sm" variant="default" onClick={() => location.replace(refusalOf(request))}>
          {text.signIn.cliDeny}
        </Button>
        <Button size="sm" loading={busy} onClick={() => void grant()}>
          {text.signIn.cliGrant}
        </Button>
      </Group>
      <Button variant="subtle" color="gray" onClick={() => void signOut().catch(notifyFailure)}>
        {text.signIn.somebodyElse}
      </Button>
    </>
  );
}
