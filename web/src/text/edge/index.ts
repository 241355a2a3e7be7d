import { text as shared } from "..";
import { deployments } from "./deployments";
import { edges } from "./edges";
import { editor } from "./editor";
import { objects, preview, templates, upstreams, versions } from "./objects";
import { virtualHosts } from "./virtualHosts";

export const text = {
  ...shared,
  deployments,
  edges,
  editor,
  objects,
  preview,
  templates,
  upstreams,
  versions,
  virtualHosts,
};
