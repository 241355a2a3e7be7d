// Keys of services and people. What other slices may use of it:
export { KeyTable } from "./KeyTable";
export { NewKeyForm } from "./NewKey";
