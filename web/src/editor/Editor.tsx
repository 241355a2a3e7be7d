import { Button, Group, Skeleton, Stack, Text, Textarea, useComputedColorScheme } from "@mantine/core";
import { useWidth } from "../components/useWidth";
import { editor as words } from "../text/edge/editor";
import classes from "./Editor.module.css";
import type { Offered, Problem, Shown } from "./messages";
import { Problems } from "./Problems";
import { type Unnumbered, useFrame } from "./useFrame";
import { useFrameFocus } from "./useFrameFocus";

const ADDRESS = import.meta.env.DEV ? "/editor.html" : "/console/editor";
const LEAST_HEIGHT = 120;
const NOTHING: never[] = [];

export interface EditorProps {
  /** What the text is called, for a screen reader. */
  label: string;
  text: string;
  /** Without it the text can only be read. */
  onChange?: (text: string) => void;
  /** Ctrl+S. */
  onSave?: () => void;
  /** The text that `text` is compared with. */
  original?: string;
  language?: Shown["language"];
  problems?: Problem[];
  offered?: Offered[];
  /** CSS pixels at most; a longer text is scrolled. */
  maxHeight?: number;
}

/** Text of nginx's or of a template, with its problems below; two texts side by side, or one below the other where
 * there is no room. On a phone it is text to be read: the editor has no way of typing there. */
export function Editor(props: EditorProps) {
  const { width } = useWidth();
  return width === "any" ? (
    <PlainText {...props} note={props.onChange && words.readOnlyHere} />
  ) : (
    <Framed {...props} />
  );
}

function Framed(props: EditorProps) {
  const {
    label,
    text,
    onChange,
    original,
    language = "nginx",
    problems = NOTHING,
    offered = NOTHING,
  } = props;
  const dark = useComputedColorScheme("light") === "dark";
  const { atLeast } = useWidth();
  const shown: Unnumbered = {
    kind: "show",
    label,
    text,
    ...(original === undefined ? {} : { original }),
    language,
    readOnly: onChange === undefined,
    dark,
    sideBySide: atLeast("lg"),
    problems,
    offered,
  };
  const frame = useFrame(shown, (changed) => onChange?.(changed), props.onSave);
  const focused = useFrameFocus(frame.ref);
  if (frame.state === "failed")
    return (
      <Stack gap="xs">
        <Group justify="space-between">
          <Text size="sm">{words.failed}</Text>
          <Button size="xs" variant="default" onClick={frame.retry}>
            {words.again}
          </Button>
        </Group>
        <PlainText {...props} />
      </Stack>
    );
  const height = Math.min(Math.max(frame.height, LEAST_HEIGHT), props.maxHeight ?? 640);
  return (
    <Stack gap="xs">
      <div className={classes.frame} data-focused={focused || undefined} style={{ height }}>
        {frame.state === "loading" && <Skeleton className={classes.loading} aria-label={words.loading} />}
        <iframe key={frame.attempt} ref={frame.ref} src={ADDRESS} title={label} className={classes.inside} />
      </div>
      {onChange && (
        <Text size="xs" className="quiet">
          {words.keys}
        </Text>
      )}
      <Problems problems={problems} reveal={frame.reveal} />
    </Stack>
  );
}

/** Where the editor is not to be had. */
function PlainText({
  label,
  text,
  onChange,
  problems = NOTHING,
  note,
}: EditorProps & { note?: string | undefined }) {
  const readOnly = onChange === undefined || note !== undefined;
  return (
    <Stack gap="xs">
      {note !== undefined && <Text size="sm">{note}</Text>}
      <Textarea
        aria-label={label}
        value={text}
        readOnly={readOnly}
        autosize
        minRows={6}
        maxRows={30}
        spellCheck={false}
        classNames={{ input: "mono" }}
        onChange={({ currentTarget }) => onChange?.(currentTarget.value)}
      />
      <Problems problems={problems} />
    </Stack>
  );
}
