const people = (count: number) => `${count.toLocaleString("en")} ${count === 1 ? "user" : "users"}`;

export const factorPolicy = {
  title: "Set up a second factor",
  text: (wantedBy: string) =>
    `${wantedBy.charAt(0).toUpperCase()}${wantedBy.slice(1)} requires a second factor. Set up an authenticator app or a passkey to continue.`,
  show: "Verify code",
  required: "Require a second factor",
  requiredHelp: "Users of this organization who sign in without one can only set one up. Keys keep working.",
  isRequired: "required",
  isOptional: "optional",
  field: "Second factor",
  turnOn: "Require",
  turnOnTitle: (name: string) => `Require a second factor in ${name}`,
  nobody: "Every user of this organization has a second factor.",
  affected: (without: number, users: number) =>
    `${people(without)} of ${users.toLocaleString("en")} ${without === 1 ? "has" : "have"} no second factor and can only set one up at the next sign-in:`,
  more: (count: number) => `and ${count.toLocaleString("en")} more`,
  turnedOn: "A second factor is now required",
  turnedOff: "A second factor is no longer required",
};
