import { text as shared } from "..";
import { settings } from "./settings";

export const text = { ...shared, settings };
