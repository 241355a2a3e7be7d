export const metrics = {
  overTime: "Load",
  range1h: "1 h",
  range24h: "24 h",
  range30d: "30 d",
  cpu: "CPU",
  memory: "Memory",
  disk: "Disk",
  network: "Network",
  received: "in",
  sent: "out",
};
