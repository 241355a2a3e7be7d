import { useDebouncedValue } from "@mantine/hooks";
import type { SpotlightActionData, SpotlightActionGroupData } from "@mantine/spotlight";
import { IconListCheck, IconPlus, IconServer } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useAccess } from "../access/useAccess";
import { listAt } from "../api/collection";
import { text } from "../text";
import { apiReference, navigation } from "./navigation";

const SHOWN = 7;
const TYPING_MS = 120;
const nodes = listAt("/api/v1/nodes");
const tasks = listAt("/api/v1/tasks");

/** What the palette offers for the letters that were typed. */
export function usePaletteGroups(query: string): SpotlightActionGroupData[] {
  return [
    { group: text.common.paletteNodes, actions: useNodes(query) },
    { group: text.common.palettePages, actions: usePages(query) },
    { group: text.common.paletteActions, actions: useActions(query) },
    { group: text.common.paletteTasks, actions: useTasks(query) },
  ].filter(({ actions }) => actions.length > 0);
}

/** A function that opens the page at a path. */
function useOpen() {
  const navigate = useNavigate();
  return (to: string) => void navigate({ to } as never);
}

function matches(label: string, query: string): boolean {
  return label.toLowerCase().includes(query.toLowerCase());
}

function useNodes(query: string): SpotlightActionData[] {
  const access = useAccess();
  const open = useOpen();
  const [search] = useDebouncedValue(query, TYPING_MS);
  const { data } = useQuery({
    ...nodes.all({ search, per_page: SHOWN }),
    enabled: search !== "" && access.somewhere("agent:read"),
    placeholderData: keepPreviousData,
  });
  if (search === "") return [];
  return (data?.rows ?? []).map((node) => ({
    id: node.id,
    label: node.name,
    description: [node.state, node.overlay_ip].filter(Boolean).join(" · "),
    leftSection: <IconServer size={16} />,
    onClick: () => open(`/nodes/${node.id}`),
  }));
}

function useTasks(query: string): SpotlightActionData[] {
  const access = useAccess();
  const open = useOpen();
  const [search] = useDebouncedValue(query, TYPING_MS);
  const { data } = useQuery({
    ...tasks.all({ search, per_page: SHOWN }),
    enabled: search !== "" && access.somewhere("task:read"),
    placeholderData: keepPreviousData,
  });
  if (search === "") return [];
  return (data?.rows ?? []).map((task) => ({
    id: task.id,
    label: `${task.kind} · ${task.node}`,
    description: `${task.state} · ${task.id}`,
    leftSection: <IconListCheck size={16} />,
    onClick: () => open(`/tasks/${task.id}`),
  }));
}

function usePages(query: string): SpotlightActionData[] {
  const access = useAccess();
  const open = useOpen();
  const pages = navigation
    .flatMap(({ destinations }) => destinations)
    .filter(({ permission }) => !permission || access.somewhere(permission))
    .map(({ path, label, icon: Picture }) => ({
      id: path,
      label,
      leftSection: <Picture size={16} />,
      onClick: () => open(path),
    }));
  const reference = {
    id: apiReference.path,
    label: apiReference.label,
    leftSection: <apiReference.icon size={16} />,
    onClick: () => void window.open(apiReference.path, "_blank", "noopener"),
  };
  return [...pages, reference].filter(({ label }) => matches(label, query));
}

function useActions(query: string): SpotlightActionData[] {
  const access = useAccess();
  const open = useOpen();
  const label = text.common.joinNode;
  if (!access.somewhere("agent:write") || !matches(label, query)) return [];
  return [{ id: "join", label, leftSection: <IconPlus size={16} />, onClick: () => open("/nodes/join") }];
}
