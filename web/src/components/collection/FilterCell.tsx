import { UnstyledButton } from "@mantine/core";
import type { ReactNode } from "react";
import { text } from "../../text";
import classes from "./FilterCell.module.css";

/** The text of a cell; a click shows only the rows that have the same. */
export function FilterCell(props: {
  value: string;
  onFilter: (value: string) => void;
  children?: ReactNode;
}) {
  const { value, onFilter, children = value } = props;
  if (!value) return null;
  return (
    <UnstyledButton className={classes.cell} title={text.table.only(value)} onClick={() => onFilter(value)}>
      {children}
    </UnstyledButton>
  );
}
