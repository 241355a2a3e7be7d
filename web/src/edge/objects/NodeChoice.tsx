import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useAccess } from "../../access/useAccess";
import { nodes } from "../../fleet/nodes";
import { text } from "../../text/edge";

interface NodeChoiceProps {
  label: string;
  description?: string;
  value?: string;
  onChange?: (id: string) => void;
  error?: string | undefined;
}

/** A node by its id. */
export function NodeChoice({ label, description, value, onChange, error }: NodeChoiceProps) {
  const access = useAccess();
  const { data } = useQuery({ ...nodes.all(), enabled: access.somewhere("agent:read") });
  const known = (data?.rows ?? []).map(({ id, name }) => ({ value: id, label: name }));
  const isThere = !value || known.some((node) => node.value === value);
  return (
    <Select
      label={label}
      description={description}
      data={isThere ? known : [...known, { value, label: value }]}
      value={value || null}
      onChange={(chosen) => onChange?.(chosen ?? "")}
      searchable
      limit={100}
      nothingFoundMessage={text.common.noMatches}
      error={error}
    />
  );
}
