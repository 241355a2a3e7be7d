import { text as shared } from "..";
import { documentation } from "./documentation";
import { settings } from "./settings";

export const text = { ...shared, documentation, settings };
