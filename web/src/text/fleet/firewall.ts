export const firewall = {
  title: "Firewall",
  empty: "This node opens no port for a resource.",
  ports: "Ports",
  resource: "Resource",
  from: "Reached from",
  applied: "set",
  pending: "not set yet",
};
