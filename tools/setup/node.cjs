// Runs before anything else is loaded, so it must work with any Node and without dependencies.
const { existsSync, readFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const { join } = require("node:path");

const root = join(__dirname, "..", "..");

/** What keeps this project from being loaded at all, as one line with its fix, or undefined. */
function nodeProblem(version, engines, isInstalled) {
  const wanted = engines.replace(/^>=\s*/, "");
  const [major, minor] = version.split(".").map(Number);
  const [wantedMajor, wantedMinor] = wanted.split(".").map(Number);
  if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor)) {
    return `Node.js ${wanted} or newer is needed, this is ${version}: install it from https://nodejs.org or run \`nvm install --lts\``;
  }
  return isInstalled ? undefined : "The dependencies are not installed: run `npm ci`";
}

/**
 * Ends the process with exit code 2 and one line if this project cannot be loaded.
 * @param url `import.meta.url` of the caller
 * @returns the caller's `require`, which also loads the project's TypeScript
 */
function projectRequire(url) {
  const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const problem = nodeProblem(process.versions.node, engines.node, existsSync(join(root, "node_modules", "esbuild")));
  if (problem) {
    process.stderr.write(`${problem}\n`);
    process.exit(2);
  }
  require("../typescript.cjs");
  return createRequire(url);
}

module.exports = { nodeProblem, projectRequire };
