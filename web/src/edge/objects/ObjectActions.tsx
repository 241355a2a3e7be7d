import { Button } from "@mantine/core";
import { useAccess } from "../../access/useAccess";
import { useRemove } from "../../components/collection/changes";
import { PageLink } from "../../components/PageLink";
import { text } from "../../text/edge";
import type { EdgeObject, Versioned } from "./requests";

interface Props {
  of: Versioned & { remove(id: string): Promise<unknown> };
  object: EdgeObject;
  /** Said before it is deleted. */
  consequences: string;
  /** What a deployment calls it; absent: it is deployed with what uses it. */
  deployable?: "host" | "upstream";
}

/** Edit and delete, for whoever may; what is in use cannot be deleted. */
export function ObjectActions({ of, object, consequences, deployable }: Props) {
  const access = useAccess();
  const remove = useRemove(of);
  const { id, name, workspace } = object;
  return (
    <>
      {deployable && access.in("config:deploy", workspace) && (
        <Button variant="default" component={PageLink} to="/deployments/new" search={{ [deployable]: id }}>
          {text.deployments.deploy}
        </Button>
      )}
      {access.in("config:write", workspace) && (
        <Button component={PageLink} to={`/${of.name}/${id}/edit`}>
          {text.objects.edit}
        </Button>
      )}
      {access.in("config:delete", workspace) && (
        <Button
          variant="default"
          disabled={object.used_by.length > 0}
          title={object.used_by.length > 0 ? text.objects.inUse : undefined}
          onClick={() =>
            remove(id, {
              title: text.objects.deleteTitle(name),
              consequences,
              typed: name,
              done: text.objects.deleted(name),
            })
          }
        >
          {text.objects.delete}
        </Button>
      )}
    </>
  );
}
