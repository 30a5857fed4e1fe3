// Sets up what the tests need and runs all of them: `npm test`, or `npm test -- types fast` for some.
import { projectRequire } from "./setup/node.cjs";

const require = projectRequire(import.meta.url);
const { runChecks } = require("./setup/checks.ts");
process.exitCode = await runChecks(process.argv.slice(2));
