import { Button, Text, TextInput } from "@mantine/core";
import { ModalsProvider } from "@mantine/modals";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useWhoAmI } from "../../access/useAccess";
import { queryClient } from "../../api/queries";
import { signOut } from "../../api/session";
import { notifyFailure } from "../../components/notify";
import { SendForm } from "../../components/SendForm";
import { text } from "../../text/people";
import { factorsQuery, PasskeysPanel, TotpPanel, verifyFactor } from "../identity";
import { AskAgain } from "./AskAgain";
import { Frame } from "./Frame";

const goOn = () => void queryClient.invalidateQueries();

/** Shown before any page while a policy wants a second factor that this sign-in did not have. */
export function MustSetUpFactor() {
  const { second_factor_wanted_by: wantedBy } = useWhoAmI();
  const factors = useQuery(factorsQuery("me"));
  const hasApp = factors.data?.totp ?? false;
  const has = hasApp || (factors.data?.passkeys.length ?? 0) > 0;
  return (
    <ModalsProvider>
      <AskAgain />
      <Frame title={text.factorPolicy.title} wide>
        <Text size="sm">{text.factorPolicy.text(wantedBy ?? "")}</Text>
        {hasApp && <ShowCode />}
        <TotpPanel />
        <PasskeysPanel />
        <Button disabled={!has} onClick={goOn}>
          {text.signIn.goOn}
        </Button>
        <Button variant="subtle" color="gray" onClick={() => void signOut().catch(notifyFailure)}>
          {text.common.signOut}
        </Button>
      </Frame>
    </ModalsProvider>
  );
}

function ShowCode() {
  const [code, setCode] = useState("");
  return (
    <SendForm
      submitLabel={text.factorPolicy.show}
      disabled={!code.trim()}
      submit={() => verifyFactor(code.trim())}
      onDone={goOn}
    >
      <TextInput
        label={text.account.codeOrRecovery}
        value={code}
        autoComplete="one-time-code"
        spellCheck={false}
        onChange={(event) => setCode(event.currentTarget.value)}
      />
    </SendForm>
  );
}
