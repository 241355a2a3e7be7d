// Types checked, bundle, everything compressed: `npm run build [-- --outDir DIR]`.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { argv, execPath } from "node:process";
import { build } from "vite";
import { compress } from "./compress.mjs";

const at = argv.indexOf("--outDir");
const outDir = at < 0 ? "dist" : argv[at + 1];
execFileSync(execPath, [join("node_modules", "typescript", "bin", "tsc"), "--noEmit"], { stdio: "inherit" });
await build({ build: { outDir }, logLevel: "warn" });
await build({ configFile: "vite.editor.config.ts", build: { outDir }, logLevel: "warn" });
await compress(outDir);
