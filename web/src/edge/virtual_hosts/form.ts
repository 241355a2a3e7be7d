import type { UseFormReturnType } from "@mantine/form";
import type { FieldErrors } from "../../components/fieldErrors";
import type { General } from "../objects/GeneralFields";
import type { HostValues } from "./values";

export type HostForm = UseFormReturnType<General & HostValues>;

export interface HostFieldsProps {
  form: HostForm;
  errors: FieldErrors;
}

/** `at`: the place of a location in the list of them. */
export interface LocationProps extends HostFieldsProps {
  at: number;
}
