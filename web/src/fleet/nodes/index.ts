// The machines of the fleet. What other slices may use of it:
export { JoinSteps } from "./JoinSteps";
export { NODE_STATES, nodes } from "./requests";
