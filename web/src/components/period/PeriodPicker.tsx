import { Button, Group, Popover, Stack, TextInput } from "@mantine/core";
import { IconCalendar, IconChevronDown } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { text } from "../../text/period";
import { local } from "../time";
import { fromInput, PRESETS, periodOf, rangeOf, toInput } from "./period";

interface PeriodPickerProps {
  /** As `rangeOf` takes it; "": any time. */
  value: string;
  onChange: (period: string) => void;
  /** What is offered to choose; "": any time. */
  presets?: readonly string[];
}

const ALL = ["", ...Object.keys(PRESETS)];

/** A stretch of time: up to now, or from one moment to another. */
export function PeriodPicker({ value, onChange, presets = ALL }: PeriodPickerProps) {
  const [open, setOpen] = useState(false);
  const choose = (period: string) => {
    setOpen(false);
    onChange(period);
  };
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-start" trapFocus returnFocus withinPortal>
      <Popover.Target>
        <Button
          variant="default"
          size="xs"
          leftSection={<IconCalendar size={14} aria-hidden />}
          rightSection={<IconChevronDown size={14} aria-hidden />}
          onClick={() => setOpen((before) => !before)}
          aria-label={`${text.label}: ${nameOf(value)}`}
        >
          {nameOf(value)}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={text.label}>
        <Stack gap="xs">
          <Group gap={4} maw={280}>
            {presets.map((preset) => (
              <Button
                key={preset}
                variant={preset === value ? "filled" : "default"}
                size="compact-xs"
                onClick={() => choose(preset)}
              >
                {nameOf(preset)}
              </Button>
            ))}
          </Group>
          <Between key={value} value={value} choose={choose} />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

function Between({ value, choose }: { value: string; choose: (period: string) => void }) {
  const range = rangeOf(value, new Date());
  const [from, setFrom] = useState(toInput(range.since));
  const [to, setTo] = useState(toInput(range.until));
  const wrong = from !== "" && to !== "" && from >= to;
  const apply = (event: FormEvent) => {
    event.preventDefault();
    if (!wrong) choose(periodOf({ since: fromInput(from), until: fromInput(to) }));
  };
  return (
    <form onSubmit={apply}>
      <Stack gap="xs">
        <TextInput
          type="datetime-local"
          size="xs"
          label={text.from}
          value={from}
          onChange={(event) => setFrom(event.currentTarget.value)}
        />
        <TextInput
          type="datetime-local"
          size="xs"
          label={text.to}
          value={to}
          error={wrong && text.wrong}
          onChange={(event) => setTo(event.currentTarget.value)}
        />
        <Button type="submit" size="xs">
          {text.apply}
        </Button>
      </Stack>
    </form>
  );
}

function nameOf(period: string): string {
  if (period === "" || period in PRESETS) return text.presets[period] ?? period;
  const { since, until } = rangeOf(period, new Date());
  const [from, to] = [since, until].map((at) => at && local(new Date(at)).slice(0, 16));
  if (from && to) return text.between(from, to);
  return from ? text.after(from) : text.before(to ?? "");
}
