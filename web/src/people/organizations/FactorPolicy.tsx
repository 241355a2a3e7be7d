import { List, Switch } from "@mantine/core";
import { api, dataOf } from "../../api/client";
import { confirmDestructive } from "../../components/confirm";
import { Loaded } from "../../components/Loaded";
import { notifyDone, notifyFailure } from "../../components/notify";
import { text } from "../../text/people";
import { type Organization, organizations } from "./requests";

function policyQuery(organization: string) {
  return {
    queryKey: [organizations.name, "second-factor-policy", organization],
    queryFn: () => dataOf(api.GET("/api/v1/second-factor-policy", { params: { query: { organization } } })),
  };
}

/** Whether users of an organization need a second factor; who has none is named before that is switched on. */
export function FactorPolicy({ organization, tag }: { organization: Organization; tag: string }) {
  const set = (required: boolean) =>
    organizations.change(organization.id, { require_second_factor: required }, tag);
  const change = (required: boolean) => {
    if (!required) {
      void set(false).then(() => notifyDone(text.factorPolicy.turnedOff), notifyFailure);
      return;
    }
    confirmDestructive({
      title: text.factorPolicy.turnOnTitle(organization.name),
      consequences: <Affected organization={organization.id} />,
      confirmLabel: text.factorPolicy.turnOn,
      run: () => set(true),
      done: text.factorPolicy.turnedOn,
    });
  };
  return (
    <Switch
      mt="sm"
      size="xs"
      label={text.factorPolicy.required}
      description={text.factorPolicy.requiredHelp}
      checked={organization.require_second_factor}
      onChange={(event) => change(event.currentTarget.checked)}
    />
  );
}

function Affected({ organization }: { organization: string }) {
  return (
    <Loaded query={policyQuery(organization)}>
      {({ users, users_without: count, without }) =>
        count === 0 ? (
          text.factorPolicy.nobody
        ) : (
          <>
            {text.factorPolicy.affected(count, users)}
            <List size="sm">
              {without.map((user) => (
                <List.Item key={user.user_id}>{user.username}</List.Item>
              ))}
              {count > without.length && (
                <List.Item>{text.factorPolicy.more(count - without.length)}</List.Item>
              )}
            </List>
          </>
        )
      }
    </Loaded>
  );
}
