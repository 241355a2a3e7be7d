import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { FieldErrors } from "../../components/fieldErrors";
import { type Preview, previewQuery, type Versioned } from "./requests";

const PAUSE_MS = 400;

export interface Draft {
  preview: Preview | undefined;
  error: unknown;
  /** What is shown is of what was typed before. */
  behind: boolean;
  /** By the field's place in the request, such as `locations[0].path`. */
  errors: FieldErrors;
}

/** What the control plane says of what is being typed, a moment after each pause. */
export function useDraft(of: Versioned, id: string | undefined, body: object): Draft {
  const encoded = JSON.stringify(body);
  const [asked] = useDebouncedValue(encoded, PAUSE_MS);
  const query = useQuery({
    ...previewQuery(of, id, JSON.parse(asked) as object),
    placeholderData: keepPreviousData,
  });
  const errors: FieldErrors = {};
  for (const { field, message } of query.data?.problems ?? []) errors[field] ??= sentence(message);
  return { preview: query.data, error: query.error, behind: asked !== encoded || query.isFetching, errors };
}

function sentence(message: string): string {
  return message.charAt(0).toUpperCase() + message.slice(1);
}

/** The first thing that is wrong below a field: `a` has what is said of `a`, `a[0]` and `a[0].b`. */
export function errorBelow(errors: FieldErrors, field: string): string | undefined {
  return Object.entries(errors).find(([name]) => name === field || /^[[.]/.test(rest(name, field)))?.[1];
}

function rest(name: string, field: string): string {
  return name.startsWith(field) ? name.slice(field.length) : "";
}

/** A form that nobody has touched yet complains of nothing. */
export function shownErrors(draft: Draft, isTouched: boolean): FieldErrors {
  return isTouched ? draft.errors : {};
}
