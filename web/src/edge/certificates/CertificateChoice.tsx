import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useAccess } from "../../access/useAccess";
import { text } from "../../text/edge";
import { certificates } from "./requests";

interface CertificateChoiceProps {
  label: string;
  description?: string;
  workspace: string;
  value?: string;
  onChange?: (id: string) => void;
  error?: string | undefined;
}

/** One of the workspace's certificates, by its id; what was typed elsewhere (a name) stays. */
export function CertificateChoice({
  label,
  description,
  workspace,
  value,
  onChange,
  error,
}: CertificateChoiceProps) {
  const access = useAccess();
  const { data } = useQuery({
    ...certificates.all({ workspace }),
    enabled: access.somewhere("certificate:read"),
  });
  const known = (data?.rows ?? []).map(({ id, name, names, issuance }) => ({
    value: id,
    label: `${name} (${shortly(names.length > 0 ? names : (issuance?.domains ?? []))})`,
  }));
  const isThere = !value || known.some((one) => one.value === value);
  return (
    <Select
      label={label}
      description={description}
      data={isThere ? known : [...known, { value, label: value }]}
      value={value || null}
      onChange={(chosen) => onChange?.(chosen ?? "")}
      searchable
      clearable
      limit={100}
      nothingFoundMessage={text.common.noMatches}
      error={error}
    />
  );
}

function shortly(names: readonly string[]): string {
  return names.length > 2 ? `${names.slice(0, 2).join(", ")}, …` : names.join(", ");
}
