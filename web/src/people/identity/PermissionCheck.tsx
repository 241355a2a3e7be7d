import { List, Select, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Permission } from "../../api/types";
import { Failure } from "../../components/Failure";
import { Panel } from "../../components/PageFrame";
import { Status } from "../../components/Status";
import { text } from "../../text/people";
import { PlaceChoice } from "../choices";
import { PERMISSIONS } from "../roles";
import { canQuery, type User } from "./requests";

/** Answers whether somebody may do something somewhere, and why. */
export function PermissionCheck({ user }: { user: User }) {
  const [permission, setPermission] = useState<Permission | null>(null);
  const [place, setPlace] = useState("");
  return (
    <Panel title={text.users.can}>
      <Stack gap="sm">
        <Text size="sm" className="quiet">
          {text.users.canHelp}
        </Text>
        <div className="side-by-side">
          <Select
            label={text.users.permission}
            searchable
            data={[...PERMISSIONS]}
            value={permission}
            onChange={(value) => setPermission(value as Permission | null)}
            nothingFoundMessage={text.common.noMatches}
          />
          <PlaceChoice permission="role:read" label={text.users.place} value={place} onChange={setPlace} />
        </div>
        {permission && <Answer user={user} permission={permission} place={place} />}
      </Stack>
    </Panel>
  );
}

function Answer({ user, permission, place }: { user: User; permission: Permission; place: string }) {
  const { data, error } = useQuery(canQuery(user.id, permission, place));
  if (error) return <Failure error={error} />;
  if (data === undefined) return null;
  return (
    <div role="status">
      <Status
        state={data.allowed ? "ok" : "denied"}
        word={data.allowed ? text.users.canAllowed : text.users.canDenied}
      />
      <List size="sm" mt={4}>
        {data.because.map((reason) => (
          <List.Item key={reason}>{reason}</List.Item>
        ))}
      </List>
    </div>
  );
}
