// `npm run bench [-- synth intake memory refine athena local]`
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
process.chdir(root);
// Builds what is measured.
execFileSync("node", ["tools/synth.mjs"], { stdio: "inherit" });
const require = createRequire(import.meta.url);
require("./typescript.cjs");
require("../bench/main.ts");
