import { Loader } from "@mantine/core";
import { type ComponentProps, Suspense } from "react";
import { lazyPart } from "../../components/lazily";

const Loaded = lazyPart(() => import("./EventList"), "EventList");

/** The list for pages of which it is a part: with the words for every kind of event, it is loaded after them. */
export function EventList(props: ComponentProps<typeof Loaded>) {
  return (
    <Suspense fallback={<Loader size="sm" />}>
      <Loaded {...props} />
    </Suspense>
  );
}
