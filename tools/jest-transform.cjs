// jest's view of tools/typescript.cjs: the same transpilation, cached by jest.
const { createHash } = require("node:crypto");
const { readFileSync } = require("node:fs");
const { transpile } = require("./typescript.cjs");

const transpilerHash = createHash("sha256")
  .update(readFileSync(require.resolve("./typescript.cjs")))
  .digest("hex");

module.exports = {
  process: (code, file) => ({ code: transpile(code, file) }),
  getCacheKey: (code, file) => createHash("sha256").update(transpilerHash).update(file).update(code).digest("hex"),
};
