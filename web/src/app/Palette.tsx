import { createSpotlight, Spotlight } from "@mantine/spotlight";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { text } from "../text";
import { usePaletteGroups } from "./paletteGroups";

const [store, palette] = createSpotlight();

export const openPalette = palette.open;

/** Ctrl-K: every page, node and task by a few letters of its name. */
export function Palette() {
  const [query, setQuery] = useState("");
  const groups = usePaletteGroups(query.trim());
  return (
    <Spotlight
      store={store}
      actions={groups}
      query={query}
      onQueryChange={setQuery}
      // The groups hold what matches and nothing else.
      filter={(_query, all) => all}
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
