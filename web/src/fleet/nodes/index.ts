import { lazyPage } from "../../components/lazily";

// The machines of the fleet. What other slices may use of it:
export { NODE_STATES, nodeFiltersQuery, nodes } from "./requests";

/** Its form is not part of what every visit loads. */
export const JoinSteps = lazyPage(() => import("./JoinSteps"), "JoinSteps");
