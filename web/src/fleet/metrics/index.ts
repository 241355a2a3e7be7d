// The history of load, for charts. What other slices may use of it:
export { CHART_RANGES, rangeBetween, useChartRange } from "./chartRange";
export { LoadCharts } from "./LoadCharts";
export { fleetMetricsQuery, nodeMetricsQuery } from "./requests";
