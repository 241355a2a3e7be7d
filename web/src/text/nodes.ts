export const nodes = {
  title: "Nodes",
  join: "Join a node",
  joinTitle: "Join a node",
  joinName: "Name",
  joinNameHelp: "Left out, the machine's own name is taken",
  joinTtl: "The token is good for",
  makeToken: "Make the command",
  joinRun: "Run this as root on the new machine. It is good for one machine.",
  joinWaiting: "Waiting for the machine to join",
  joinExpires: (when: string) => `The token expires ${when}`,
  joinExpired: "The token has expired unused. Make another one.",
  joined: (name: string) => `${name} has joined`,
};
