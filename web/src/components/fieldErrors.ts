import type { ApiError } from "../api/errors";

export type FieldErrors = Record<string, string>;

/** What an error says of fields that a form has; `whole`: it says nothing else. */
export function takenByFields(
  error: Pick<ApiError, "details">,
  values: object,
): { errors: FieldErrors; whole: boolean } {
  const taken = error.details.filter(({ field }) => Object.hasOwn(values, field));
  return {
    errors: Object.fromEntries(taken.map(({ field, message }) => [field, sentence(message)])),
    whole: taken.length > 0 && taken.length === error.details.length,
  };
}

function sentence(message: string): string {
  return message.charAt(0).toUpperCase() + message.slice(1);
}
