import { useDebouncedValue } from "@mantine/hooks";
import {
  createSpotlight,
  Spotlight,
  type SpotlightActionData,
  type SpotlightActionGroupData,
} from "@mantine/spotlight";
import { IconListCheck, IconPlus, IconSearch, IconServer } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useAccess } from "../access/useAccess";
import { api, pageOf } from "../api/client";
import { text } from "../text";
import { apiReference, navigation } from "./navigation";

const [store, palette] = createSpotlight();
const SHOWN = 7;

export const openPalette = palette.open;

/** Ctrl-K: every page, node and task by a few letters of it. */
export function Palette() {
  const [query, setQuery] = useState("");
  const [asked] = useDebouncedValue(query.trim(), 120);
  const navigate = useNavigate();
  const access = useAccess();
  const go = (to: string) => void navigate({ to } as never);

  const nodes = useQuery({
    queryKey: ["nodes", "palette", asked],
    queryFn: () =>
      pageOf(api.GET("/api/v1/nodes", { params: { query: { search: asked, per_page: SHOWN } } })),
    enabled: asked !== "" && access.somewhere("agent:read"),
    placeholderData: keepPreviousData,
  });
  const tasks = useQuery({
    queryKey: ["tasks", "palette", asked],
    queryFn: () =>
      pageOf(api.GET("/api/v1/tasks", { params: { query: { search: asked, per_page: SHOWN } } })),
    enabled: asked !== "" && access.somewhere("task:read"),
    placeholderData: keepPreviousData,
  });

  const matches = (label: string) => label.toLowerCase().includes(query.trim().toLowerCase());
  const pages: SpotlightActionData[] = navigation
    .flatMap(({ destinations }) => destinations)
    .filter(({ permission, label }) => (!permission || access.somewhere(permission)) && matches(label))
    .map(({ path, label, icon: Picture }) => ({
      id: path,
      label,
      leftSection: <Picture size={16} />,
      onClick: () => go(path),
    }));
  if (matches(apiReference.label)) {
    pages.push({
      id: apiReference.path,
      label: apiReference.label,
      leftSection: <apiReference.icon size={16} />,
      onClick: () => void window.open(apiReference.path, "_blank", "noopener"),
    });
  }
  const foundNodes: SpotlightActionData[] = (asked === "" ? [] : (nodes.data?.rows ?? [])).map((node) => ({
    id: node.id,
    label: node.name,
    description: [node.state, node.overlay_ip].filter(Boolean).join(" · "),
    leftSection: <IconServer size={16} />,
    onClick: () => go(`/nodes/${node.id}`),
  }));
  const foundTasks: SpotlightActionData[] = (asked === "" ? [] : (tasks.data?.rows ?? [])).map((task) => ({
    id: task.id,
    label: `${task.kind} · ${task.node}`,
    description: `${task.state} · ${task.id}`,
    leftSection: <IconListCheck size={16} />,
    onClick: () => go(`/tasks/${task.id}`),
  }));
  const actions: SpotlightActionData[] =
    access.somewhere("agent:write") && matches(text.nodes.join)
      ? [
          {
            id: "join",
            label: text.nodes.join,
            leftSection: <IconPlus size={16} />,
            onClick: () => go("/nodes/join"),
          },
        ]
      : [];
  const groups: SpotlightActionGroupData[] = [
    { group: text.common.paletteNodes, actions: foundNodes },
    { group: text.common.palettePages, actions: pages },
    { group: text.common.paletteActions, actions },
    { group: text.common.paletteTasks, actions: foundTasks },
  ].filter(({ actions: found }) => found.length > 0);

  return (
    <Spotlight
      store={store}
      actions={groups}
      query={query}
      onQueryChange={setQuery}
      // What is listed was already chosen by the words that were typed.
      filter={(_words, all) => all}
      nothingFound={text.common.paletteNothing}
      searchProps={{
        leftSection: <IconSearch size={18} aria-hidden />,
        placeholder: text.common.palettePlaceholder,
        "aria-label": text.common.palette,
        autoFocus: true,
      }}
      // At once, with the focus in it: the letters after Ctrl-K belong to it, however fast they come.
      transitionProps={{ duration: 0 }}
      shortcut="mod + K"
      scrollable
      maxHeight="60vh"
    />
  );
}
