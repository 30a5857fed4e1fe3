#!/usr/bin/env node
// The `lake` command: `npm run lake -- --help`.
import { projectRequire } from "./setup/node.cjs";

const require = projectRequire(import.meta.url);
// Whoever reads may stop early, as `| head` does: that is no failure.
process.stdout.on("error", (error) => {
  if (error.code !== "EPIPE") throw error;
});
require("./setup/process.ts").handleInterrupts();
const { main } = require("../cli/main.ts");
process.exitCode = await main(process.argv.slice(2));
