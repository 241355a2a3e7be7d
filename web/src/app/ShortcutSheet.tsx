import { Modal, Switch, Text } from "@mantine/core";
import { useRemembered } from "../components/remembered";
import { text } from "../text";
import { allDestinations } from "./navigation";
import classes from "./ShortcutSheet.module.css";
import { SHORTCUTS_OFF } from "./shortcuts";

const { shortcuts: words } = text.palette;

/** "?": every key of the dashboard, and the switch for those without Ctrl. */
export function ShortcutSheet({ opened, close }: { opened: boolean; close: () => void }) {
  const [state, set] = useRemembered(SHORTCUTS_OFF);
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={words.title}
      size="lg"
      closeButtonProps={{ "aria-label": text.common.close }}
    >
      <div className={classes.keys}>
        <Keys
          title={words.everywhere}
          keys={[
            [text.common.paletteKeys, text.common.palette],
            ["/", text.common.palette],
            ["?", words.title],
            ["[", words.sidebar],
            ["Esc", words.escape],
            ["Tab", words.tab],
          ]}
        />
        <Keys
          title={words.goTo}
          keys={allDestinations.flatMap(({ key, label }) => (key ? [[`g ${key}`, label] as const] : []))}
        />
      </div>
      <Switch
        label={words.on}
        description={words.onHelp}
        checked={state !== "off"}
        onChange={(event) => set(event.currentTarget.checked ? "" : "off")}
      />
      <Text size="sm" className="quiet" mt="sm">
        {words.screenReaders}
      </Text>
    </Modal>
  );
}

function Keys({ title, keys }: { title: string; keys: (readonly [string, string])[] }) {
  return (
    <section>
      <h3 className={classes.title}>{title}</h3>
      <dl className={classes.list}>
        {keys.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
