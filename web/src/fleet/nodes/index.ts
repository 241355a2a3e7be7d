import { lazy } from "react";

// The machines of the fleet. What other slices may use of it:
export { NODE_STATES, nodes } from "./requests";

/** Loaded when it is shown: its form is not part of what every visit loads. */
export const JoinSteps = lazy(() => import("./JoinSteps").then((module) => ({ default: module.JoinSteps })));
