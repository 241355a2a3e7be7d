import { FileButton, Group, Textarea, UnstyledButton } from "@mantine/core";
import { text } from "../../text/edge";

const words = text.certificates;

export interface Pem {
  chain: string;
  privateKey: string;
}

export const NO_PEM: Pem = { chain: "", privateKey: "" };

interface Props {
  value: Pem;
  onChange: (pem: Pem) => void;
  errors?: { chain?: string | undefined; private_key?: string | undefined };
}

/** A certificate with its chain, and its private key: pasted, or read from files in the browser. */
export function PemFields({ value, onChange, errors = {} }: Props) {
  return (
    <>
      <PemField
        label={words.chain}
        description={words.chainHelp}
        value={value.chain}
        onChange={(chain) => onChange({ ...value, chain })}
        error={errors.chain}
      />
      <PemField
        label={words.privateKey}
        description={words.privateKeyHelp}
        value={value.privateKey}
        onChange={(privateKey) => onChange({ ...value, privateKey })}
        error={errors.private_key}
      />
    </>
  );
}

interface FieldProps {
  label: string;
  description: string;
  value: string;
  onChange: (text: string) => void;
  error: string | undefined;
}

function PemField({ label, description, value, onChange, error }: FieldProps) {
  return (
    <div>
      <Textarea
        label={label}
        description={description}
        value={value}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
        error={error}
        rows={5}
        spellCheck={false}
        autoComplete="off"
        classNames={{ input: "mono" }}
      />
      <Group mt={4}>
        <FileButton onChange={(file) => void file?.text().then(onChange)} accept=".pem,.crt,.cer,.key">
          {(button) => (
            <UnstyledButton {...button} className="text-link" fz="sm">
              {words.fromFile(label)}
            </UnstyledButton>
          )}
        </FileButton>
      </Group>
    </div>
  );
}
