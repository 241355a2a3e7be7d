import { text as shared } from "..";
import { accessLogs } from "./accessLogs";
import { certificates } from "./certificates";
import { deployments } from "./deployments";
import { edges } from "./edges";
import { editor } from "./editor";
import { objects, preview, templates, upstreams, versions } from "./objects";
import { virtualHosts } from "./virtualHosts";

export const text = {
  ...shared,
  accessLogs,
  certificates,
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
