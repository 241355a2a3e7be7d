import { common } from "./common";
import { errors } from "./errors";
import { live } from "./live";
import { palette } from "./palette";
import { steps } from "./steps";
import { table } from "./table";
import { times } from "./times";
import { unsaved } from "./unsaved";

// All English of the dashboard is in this folder: pages name a text, they do not hold it. What is here comes with the
// first page; what a wing alone says is in the folder of its name, and comes with the first page of that wing.
export const text = { common, errors, live, palette, steps, table, times, unsaved };
