import { Button, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useFilters } from "../../components/collection/filters";
import { confirmDestructive } from "../../components/confirm";
import { Failure } from "../../components/Failure";
import { notifyDone, notifyFailure } from "../../components/notify";
import { Panel } from "../../components/PageFrame";
import { When } from "../../components/When";
import { text } from "../../text/people";
import { signInMethods } from "../signin";
import { makeProofKey } from "./proofKey";
import { identitiesQuery, linkIdentity, unlinkIdentity } from "./requests";

const VERIFIER = "nimbus-link-verifier";

async function beginLinking(start: string): Promise<void> {
  const { verifier, challenge } = await makeProofKey();
  sessionStorage.setItem(VERIFIER, verifier);
  location.assign(
    `${start}?${new URLSearchParams({ purpose: "link", cli_challenge: challenge, return_to: "/account" })}`,
  );
}

/** Finishes what beginLinking began: the provider has sent the browser back with a code, which is good once. */
function useLinkingCode(): void {
  const filters = useFilters("code");
  const { code } = filters.values;
  const used = useRef("");
  // biome-ignore lint/correctness/useExhaustiveDependencies: a code is used when it comes, whatever else changes
  useEffect(() => {
    if (code === "" || used.current === code) return;
    used.current = code;
    filters.set({ code: "" });
    const verifier = sessionStorage.getItem(VERIFIER);
    sessionStorage.removeItem(VERIFIER);
    if (verifier === null) {
      notifyFailure(new Error(text.account.linkLost));
      return;
    }
    linkIdentity(code, verifier).then(() => notifyDone(text.account.linked), notifyFailure);
  }, [code]);
}

/** One's accounts at identity providers. Not shown where there are no providers. */
export function IdentitiesPanel() {
  useLinkingCode();
  const identities = useQuery(identitiesQuery);
  const methods = useQuery({ queryKey: ["identity-providers", "methods"], queryFn: signInMethods });
  const linked = identities.data ?? [];
  const further = (methods.data?.providers ?? []).filter(
    ({ name }) => !linked.some(({ provider }) => provider === name),
  );
  if (linked.length === 0 && further.length === 0 && !identities.isError) return null;
  const unlink = (provider: string, name: string) =>
    confirmDestructive({
      title: text.account.unlinkTitle(name),
      consequences: text.account.unlinkText,
      confirmLabel: text.account.unlink,
      run: () => unlinkIdentity(provider),
    });
  return (
    <Panel title={text.account.identities}>
      <Stack gap="xs">
        {identities.isError && <Failure error={identities.error} />}
        {linked.length === 0 && <span className="quiet">{text.account.noIdentities}</span>}
        {linked.map((identity) => (
          <Group key={identity.provider} justify="space-between" wrap="nowrap">
            <div>
              <strong>{identity.display_name || identity.provider}</strong>{" "}
              <Text span size="sm" className="quiet">
                {text.account.linkedAt} <When at={identity.linked_at} />
              </Text>
            </div>
            <Button
              variant="default"
              onClick={() => unlink(identity.provider, identity.display_name || identity.provider)}
            >
              {text.account.unlink}
            </Button>
          </Group>
        ))}
        <Group gap="xs">
          {further.map((provider) => (
            <Button
              key={provider.name}
              variant="default"
              onClick={() => void beginLinking(provider.start).catch(notifyFailure)}
            >
              {text.account.link(provider.display_name || provider.name)}
            </Button>
          ))}
        </Group>
      </Stack>
    </Panel>
  );
}
