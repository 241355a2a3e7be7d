import { useNavigate } from "@tanstack/react-router";
import { queryClient } from "../../api/queries";
import { text } from "../../text";
import { confirmDestructive, type Destructive } from "../confirm";
import { notifyDone } from "../notify";

/** Creates a resource, says so, and opens its page. The function raises ApiError. */
export function useCreate<Body, Resource extends { id: string }>(
  of: { name: string; create(body: Body): Promise<Resource> },
  done: (created: Resource) => string,
): (body: Body) => Promise<void> {
  const navigate = useNavigate();
  return async (body) => {
    const created = await of.create(body);
    notifyDone(done(created));
    await navigate({ to: `/${of.name}/${created.id}` });
  };
}

/** Asks whether a resource shall go, removes it, says so, and shows the list that it was in. */
export function useRemove<Query>(of: {
  name: string;
  remove(id: string, query?: Query): Promise<unknown>;
}): (
  id: string,
  question: Omit<Destructive, "confirmLabel" | "run"> & { confirmLabel?: string },
  query?: Query,
) => void {
  const navigate = useNavigate();
  return (id, question, query) =>
    confirmDestructive({
      confirmLabel: text.common.delete,
      ...question,
      run: async () => {
        await of.remove(id, query);
        await navigate({ to: `/${of.name}` });
        // Whoever goes back finds that it is gone, not how it was.
        queryClient.removeQueries({ queryKey: [of.name, "resource", id] });
      },
    });
}
