// Signing in, being made to choose a password, and letting a command line in. What other slices may use of it:
export { AskAgain } from "./AskAgain";
export { type Methods, signInMethods } from "./steps";
