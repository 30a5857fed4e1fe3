// Sets up what the formatters need and lets them mend all files: `npm run format`.
import { projectRequire } from "./setup/node.cjs";

const require = projectRequire(import.meta.url);
const { runFormatters } = require("./setup/checks.ts");
process.exitCode = await runFormatters();
