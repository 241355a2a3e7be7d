import { Button, Menu } from "@mantine/core";
import { IconColumns } from "@tabler/icons-react";
import { text } from "../../text";
import { useWidth } from "../useWidth";
import { type ColumnChoice, isShown, toggled } from "./columnChoice";
import type { Column } from "./DataTable";

interface Props<Row> {
  columns: Column<Row>[];
  choice: ColumnChoice;
  onChange: (choice: ColumnChoice) => void;
}

/** Which columns a list shows. The first tells the rows apart and stays; those of buttons have no name. */
export function ColumnsMenu<Row>({ columns, choice, onChange }: Props<Row>) {
  const { atLeast } = useWidth();
  const offered = columns.slice(1).filter(({ header }) => header);
  return (
    <Menu position="top-end" withinPortal closeOnItemClick={false}>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          size="compact-xs"
          leftSection={<IconColumns size={13} aria-hidden />}
        >
          {text.table.columns}
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah="60dvh" style={{ overflowY: "auto" }}>
        {offered.map((column) => (
          <Menu.CheckboxItem
            key={column.key}
            checked={isShown(column, choice, atLeast)}
            onChange={() => onChange(toggled(column, choice, atLeast))}
          >
            {column.header}
          </Menu.CheckboxItem>
        ))}
        <Menu.Item disabled={Object.keys(choice).length === 0} closeMenuOnClick onClick={() => onChange({})}>
          {text.table.resetColumns}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
