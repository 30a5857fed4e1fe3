// Lets Node load this project's TypeScript files: esbuild strips the types, one file at a time, and types are checked by `tsc` in the tests.
const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");

const CACHE = join(__dirname, "..", ".lake", "cache", "typescript");
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
  const cached = join(
    CACHE,
    `${createHash("sha256").update(VERSION).update(file).update("\0").update(code).digest("hex")}.js`,
  );
  try {
    return readFileSync(cached, "utf8");
  } catch {
    const transpiled = transpile(code, file);
    mkdirSync(CACHE, { recursive: true });
    const unfinished = `${cached}.${process.pid}`;
    writeFileSync(unfinished, transpiled);
    renameSync(unfinished, cached);
    return transpiled;
  }
}

require.extensions[".ts"] = (module, file) => module._compile(transpileOnce(readFileSync(file, "utf8"), file), file);

module.exports = { transpile };
