import { Menu } from "@mantine/core";
import { setTimeStyle, TIME_STYLES, type TimeStyle, useTimeStyle } from "../components/timeStyle";
import { text } from "../text";

/** A part of the account's menu: how times are written on every page. */
export function TimesMenu() {
  const style = useTimeStyle();
  return (
    <>
      <Menu.Label role="presentation">{text.times.title}</Menu.Label>
      {/* biome-ignore lint/a11y/useSemanticElements: a group of a menu, not of fields */}
      <div role="group" aria-label={text.times.title}>
        <Menu.RadioGroup value={style} onChange={(value) => setTimeStyle(value as TimeStyle)}>
          {TIME_STYLES.map((value) => (
            <Menu.RadioItem key={value} value={value}>
              {text.times.styles[value]}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </div>
      <Menu.Divider />
    </>
  );
}
