export const firewall = {
  title: "Firewall",
  empty: "No ports are open for resources on this node.",
  ports: "Ports",
  resource: "Resource",
  from: "Allowed from",
  applied: "Active",
  pending: "Pending",
};
