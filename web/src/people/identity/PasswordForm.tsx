import { PasswordInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { SendForm } from "../../components/SendForm";
import { text } from "../../text/people";
import { setPassword } from "./requests";

interface PasswordFormProps {
  /** Whether there is a present password, which is then asked for. */
  hasPassword: boolean;
  submitLabel: string;
  onDone: () => void;
}

/** One's own password anew. */
export function PasswordForm({ hasPassword, submitLabel, onDone }: PasswordFormProps) {
  const form = useForm({ initialValues: { current: "", password: "", repeated: "" } });
  const { current, password, repeated } = form.values;
  const field = { required: true, withAsterisk: false };
  return (
    <SendForm
      form={form}
      submitLabel={submitLabel}
      disabled={!password || password !== repeated || (hasPassword && !current)}
      onDone={onDone}
      submit={() => setPassword("me", { password, current })}
    >
      {hasPassword && (
        <PasswordInput
          {...field}
          label={text.account.currentPassword}
          autoComplete="current-password"
          data-autofocus
          {...form.getInputProps("current")}
        />
      )}
      <PasswordInput
        {...field}
        label={text.signIn.newPassword}
        description={text.signIn.newPasswordHelp}
        autoComplete="new-password"
        {...form.getInputProps("password")}
      />
      <PasswordInput
        {...field}
        label={text.signIn.repeatPassword}
        autoComplete="new-password"
        {...form.getInputProps("repeated")}
        error={repeated !== "" && repeated !== password ? text.signIn.passwordsDiffer : undefined}
      />
    </SendForm>
  );
}
