import { text as shared } from "..";
import { artifacts } from "./artifacts";
import { confirmations } from "./confirmations";
import { firewall } from "./firewall";
import { fleet } from "./fleet";
import { mesh } from "./mesh";
import { metrics } from "./metrics";
import { nodes } from "./nodes";
import { operations } from "./operations";
import { tasks } from "./tasks";

export const text = {
  ...shared,
  artifacts,
  confirmations,
  firewall,
  fleet,
  mesh,
  metrics,
  nodes,
  operations,
  tasks,
};
