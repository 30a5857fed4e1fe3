// Lets Node load this project's TypeScript files: esbuild strips the types, one file at a time, and types are checked by `tsc` in the tests.
const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const { join, relative, sep } = require("node:path");

const ROOT = join(__dirname, "..");
const CACHE = join(ROOT, ".lake", "cache", "typescript");
// A change of this file or of esbuild's version makes other code of the same source.
const VERSION = readFileSync(__filename, "utf8") + require("esbuild/package.json").version;

/** Source file -> CommonJS with an inline source map, shared by the command line and jest. */
function transpile(code, file) {
  return require("esbuild").transformSync(code, {
    loader: "ts",
    format: "cjs",
    target: "node20",
    sourcefile: file,
    sourcemap: "inline",
    sourcesContent: false,
  }).code;
}

/** The same, kept on disk: starting esbuild costs more than reading all files of the project. */
function transpileOnce(code, file) {
  const digest = createHash("sha256").update(VERSION).update(file).update("\0").update(code).digest("hex");
  // One file for each source, so that the cache does not grow with every change.
  const cached = join(CACHE, `${relative(ROOT, file).replaceAll(sep, "+")}.js`);
  try {
    const [kept, transpiled] = split(readFileSync(cached, "utf8"));
    if (kept === digest) return transpiled;
  } catch {
    // Not there yet.
  }
  const transpiled = transpile(code, file);
  mkdirSync(CACHE, { recursive: true });
  const unfinished = `${cached}.${process.pid}`;
  writeFileSync(unfinished, `${digest}\n${transpiled}`);
  renameSync(unfinished, cached);
  return transpiled;
}

function split(text) {
  const end = text.indexOf("\n");
  return [text.slice(0, end), text.slice(end + 1)];
}

require.extensions[".ts"] = (module, file) => module._compile(transpileOnce(readFileSync(file, "utf8"), file), file);

module.exports = { transpile };
