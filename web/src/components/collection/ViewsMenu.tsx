import { ActionIcon, Button, Group, Menu, Stack, Text, TextInput } from "@mantine/core";
import { IconBookmark, IconTrash } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { text } from "../../text";
import { dialog } from "../dialog";
import { notifyDone } from "../notify";
import { SendForm } from "../SendForm";
import type { ColumnChoice } from "./columnChoice";
import { isView, type SavedView, searchOf, useSavedViews, withView } from "./savedViews";

interface Props {
  /** The name of the collection. */
  list: string;
  columns: ColumnChoice;
  onColumns: (choice: ColumnChoice) => void;
}

/** Views of a list: filters, sorting and columns under a name. The filters are also the address, which can be shared. */
export function ViewsMenu({ list, columns, onColumns }: Props) {
  const [views, setViews] = useSavedViews(list);
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const navigate = useNavigate();
  const open = (view: SavedView) => {
    onColumns(view.columns);
    const { workspace } = search;
    void navigate({ to: ".", search: { ...(workspace ? { workspace } : {}), ...view.search } } as never);
  };
  const save = () =>
    dialog(text.table.saveView, (close) => (
      <NameView
        taken={views.map(({ name }) => name)}
        save={(name) => {
          setViews(withView(views, { name, search: searchOf(search), columns }));
          close();
        }}
      />
    ));
  const copy = () =>
    void navigator.clipboard?.writeText(location.href).then(() => notifyDone(text.common.copied));
  return (
    <Menu position="top-end" withinPortal>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          size="compact-xs"
          leftSection={<IconBookmark size={13} aria-hidden />}
        >
          {text.table.views}
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah="60dvh" style={{ overflowY: "auto" }}>
        {views.length > 0 && (
          <Menu.RadioGroup
            aria-label={text.table.views}
            value={views.find((view) => isView(view, search, columns))?.name ?? ""}
            onChange={(name) => {
              const view = views.find((each) => each.name === name);
              if (view) open(view);
            }}
          >
            {views.map(({ name }) => (
              <Menu.RadioItem key={name} value={name}>
                {name}
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
        )}
        {views.length > 0 && <Menu.Divider />}
        <Menu.Item aria-haspopup="dialog" onClick={save}>
          {text.table.saveView}…
        </Menu.Item>
        <Menu.Item onClick={copy}>{text.table.copyLink}</Menu.Item>
        {views.length > 0 && (
          <Menu.Item
            aria-haspopup="dialog"
            onClick={() => dialog(text.table.manageViews, () => <Manage list={list} />)}
          >
            {text.table.manageViews}…
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

function NameView({ taken, save }: { taken: string[]; save: (name: string) => void }) {
  const [name, setName] = useState("");
  const wanted = name.trim();
  return (
    <SendForm submitLabel={text.common.save} disabled={wanted === ""} submit={async () => save(wanted)}>
      <TextInput
        label={text.common.name}
        description={text.table.viewHelp}
        error={taken.includes(wanted) ? text.table.replacesView(wanted) : undefined}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maxLength={60}
        autoComplete="off"
        data-autofocus
      />
    </SendForm>
  );
}

function Manage({ list }: { list: string }) {
  const [views, setViews] = useSavedViews(list);
  if (views.length === 0) return <Text size="sm">{text.table.noViews}</Text>;
  return (
    <Stack gap="xs">
      {views.map((view) => (
        <Group key={view.name} justify="space-between" wrap="nowrap">
          <Text size="sm" truncate>
            {view.name}
          </Text>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={text.table.deleteView(view.name)}
            onClick={() => setViews(views.filter(({ name }) => name !== view.name))}
          >
            <IconTrash size={16} />
          </ActionIcon>
        </Group>
      ))}
    </Stack>
  );
}
