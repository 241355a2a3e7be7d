// The history of load, for charts. What other slices may use of it:
export { LoadCharts } from "./LoadCharts";
export { fleetMetricsQuery, nodeMetricsQuery } from "./requests";
