import { text as shared } from "..";
import { editor } from "./editor";
import { objects, preview, templates, upstreams, versions } from "./objects";
import { virtualHosts } from "./virtualHosts";

export const text = { ...shared, editor, objects, preview, templates, upstreams, versions, virtualHosts };
