import { text as shared } from "..";
import { artifacts } from "./artifacts";
import { bulk } from "./bulk";
import { bulkTasks } from "./bulkTasks";
import { confirmations } from "./confirmations";
import { firewall } from "./firewall";
import { fleet } from "./fleet";
import { join } from "./join";
import { maintenance } from "./maintenance";
import { mesh } from "./mesh";
import { meshLinks } from "./meshLinks";
import { metrics } from "./metrics";
import { newTask } from "./newTask";
import { nodes } from "./nodes";
import { operations } from "./operations";
import { tasks } from "./tasks";
import { versions } from "./versions";

export const text = {
  ...shared,
  artifacts,
  bulk,
  bulkTasks,
  confirmations,
  firewall,
  fleet,
  join,
  maintenance,
  mesh,
  meshLinks,
  metrics,
  newTask,
  nodes,
  operations,
  tasks,
  versions,
};
