// Builds what is out of date, then synthesizes every stack into cdktf.out. The app command of cdktf.json.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const require = createRequire(import.meta.url);
process.chdir(root);
require("./typescript.cjs");

try {
  await require("./build/prepare.ts").prepare(root);
  require("../main.ts");
} catch (error) {
  // Source maps are off since cdktf takes thousands of stack traces: NODE_OPTIONS=--enable-source-maps turns them on.
  if (error?.name !== "ConfigurationError") throw error;
  console.error(error.message);
  process.exitCode = 2;
}
