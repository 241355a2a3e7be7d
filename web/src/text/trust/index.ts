import { text as shared } from "..";
import { masterKeys } from "./masterKeys";
import { secrets } from "./secrets";

export const text = { ...shared, masterKeys, secrets };
