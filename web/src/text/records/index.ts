import { text as shared } from "..";
import { audit } from "./audit";
import { events } from "./events";

export const text = { ...shared, audit, events };
