import { Text } from "@mantine/core";
import { ShownOnce } from "../../components/ShownOnce";
import { text } from "../../text/people";

/** Recovery codes that were just made, to keep. */
export function RecoveryCodes({ codes, close }: { codes: string[]; close: () => void }) {
  return (
    <ShownOnce
      values={[{ name: text.account.recoveryTitle, value: codes.join("\n") }]}
      file="nimbus-recovery-codes.txt"
      close={close}
    >
      <Text size="sm">{text.account.recoveryText}</Text>
    </ShownOnce>
  );
}
