import { text as shared } from "..";
import { audit } from "./audit";
import { destinations } from "./destinations";
import { events } from "./events";

export const text = { ...shared, audit, destinations, events };
