import { Input, Modal } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { text } from "../text";
import classes from "./Palette.module.css";
import type { PaletteEntry } from "./paletteEntries";
import { usePaletteGroups } from "./paletteGroups";

const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };

/** Ctrl-K: every page, action and resource by a few letters of its name. */
export function Palette({ opened, close }: { opened: boolean; close: () => void }) {
  return (
    // At once, with the focus in it: the letters after Ctrl-K belong to it, however fast they come.
    <Modal.Root opened={opened} onClose={close} size={600} yOffset={80} transitionProps={{ duration: 0 }}>
      <Modal.Overlay />
      <Modal.Content aria-label={text.common.palette}>
        <Finder close={close} />
      </Modal.Content>
    </Modal.Root>
  );
}

/** The field and what was found: WAI-ARIA's combobox, the focus stays in the field. */
function Finder({ close }: { close: () => void }) {
  const list = useId();
  const [query, setQuery] = useState("");
  const { groups, searching } = usePaletteGroups(query.trim());
  const entries = groups.flatMap(({ entries: some }) => some);
  const [moved, setMoved] = useState("");
  const chosen = entries.find(({ id }) => id === moved) ?? entries[0];
  const run = (entry: PaletteEntry) => {
    close();
    entry.run();
  };
  const enter = useEnter(searching, chosen, run);
  const move = (by: number) => {
    const at = chosen ? entries.indexOf(chosen) : -1;
    setMoved(entries[(at + by + entries.length) % entries.length]?.id ?? "");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const step = STEPS[event.key];
    if (step === undefined && event.key !== "Enter") return;
    event.preventDefault();
    if (step === undefined) enter();
    else move(step);
  };
  return (
    <>
      <Input
        size="lg"
        classNames={{ input: classes.field }}
        leftSection={<IconSearch size={18} aria-hidden />}
        placeholder={text.common.palettePlaceholder}
        aria-label={text.common.palette}
        role="combobox"
        aria-expanded={entries.length > 0}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={chosen && `${list}-${chosen.id}`}
        autoFocus
        data-autofocus
        autoComplete="off"
        spellCheck={false}
        value={query}
        onChange={(event) => {
          setQuery(event.currentTarget.value);
          setMoved("");
        }}
        onKeyDown={onKeyDown}
      />
      <div id={list} role="listbox" aria-label={text.common.palette} className={classes.list}>
        {groups.map(({ label, entries: some }) => (
          // biome-ignore lint/a11y/useSemanticElements: a group of options, not of fields
          <div key={label} role="group" aria-label={label}>
            <div className={classes.label} aria-hidden>
              {label}
            </div>
            {some.map((entry) => (
              <Option
                key={entry.id}
                id={`${list}-${entry.id}`}
                entry={entry}
                isChosen={entry === chosen}
                run={() => run(entry)}
              />
            ))}
          </div>
        ))}
      </div>
      {entries.length === 0 && !searching && (
        <div className={`${classes.nothing} quiet`} role="status">
          {text.common.paletteNothing}
        </div>
      )}
    </>
  );
}

/** Runs what is chosen; where the answer to the letters is not there yet, as soon as it is. */
function useEnter(searching: boolean, chosen: PaletteEntry | undefined, run: (entry: PaletteEntry) => void) {
  const [entered, setEntered] = useState(false);
  const latest = useRef({ chosen, run });
  latest.current = { chosen, run };
  useEffect(() => {
    if (!entered || searching) return;
    setEntered(false);
    if (latest.current.chosen) latest.current.run(latest.current.chosen);
  }, [entered, searching]);
  return () => setEntered(true);
}

interface OptionProps {
  id: string;
  entry: PaletteEntry;
  isChosen: boolean;
  run: () => void;
}

function Option({ id, entry, isChosen, run }: OptionProps) {
  const line = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isChosen) line.current?.scrollIntoView?.({ block: "nearest" });
  }, [isChosen]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys go to the field, which keeps the focus
    <div
      ref={line}
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={isChosen}
      className={classes.option}
      onMouseDown={(event) => event.preventDefault()}
      onClick={run}
    >
      <span className={classes.icon} aria-hidden>
        <entry.icon size={16} />
      </span>
      <span className="truncate">
        {entry.label} {entry.description && <span className={classes.description}>{entry.description}</span>}
      </span>
    </div>
  );
}
