import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import ts from "typescript";
import { ROOT } from "../support/synthesis";

/** From which rooms each room may import, itself apart. A room that is not here is new: say what it may know. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  access: [],
  accounts: ["contracts"],
  bench: ["everything"],
  cli: ["everything"],
  contracts: [],
  lambdas: ["contracts"],
  local: ["access"],
  "main.ts": ["accounts", "contracts", "stacks", "tools"],
  modules: ["contracts"],
  samples: ["contracts"],
  stacks: ["accounts", "contracts", "modules"],
  test: ["everything"],
  tools: ["everything"],
};

/** The wiring is made once: nobody else puts stacks together, or runs what does. */
const ONLY_FOR: Readonly<Record<string, readonly string[]>> = {
  stacks: ["main.ts", "test"],
  "main.ts": ["tools", "test"],
};

/** What Python of one room may import of another: a measured database is the local AWS's, which decides by policies. */
const PYTHON_MAY_IMPORT = new Set(["bench local", "local access"]);

/** Folders that are no source. */
const SKIPPED = /^(node_modules|cdktf\.out|coverage|\..*)$/;
const LONGEST_FILE = 300;
const LONGEST_COMPOSITION_ROOT = 60;

interface Source {
  readonly path: string;
  readonly text: string;
}

function sources(folder = ROOT): Source[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.test(entry.name) ? [] : sources(path);
    if (!/\.(ts|mjs|cjs|py)$/.test(entry.name)) return [];
    return [{ path: relative(ROOT, path).replaceAll("\\", "/"), text: readFileSync(path, "utf8") }];
  });
}

/** What a file imports: files by their path in the repository, libraries by their name. */
function imports({ path, text }: Source): string[] {
  const { importedFiles } = ts.preProcessFile(text, true, true);
  return importedFiles.map(({ fileName }) =>
    fileName.startsWith(".") ? posix.normalize(posix.join(dirname(path), fileName)) : fileName,
  );
}

const roomOf = (path: string) => path.split("/")[0] ?? "";
const rooms = new Set(Object.keys(MAY_IMPORT));

/** Imports against the direction in which rooms may know each other. */
function wrongImports(source: Source): string[] {
  const room = roomOf(source.path);
  // Settings of tools at the top are no room.
  if (!source.path.includes("/") && room !== "main.ts") return [];
  const allowed = MAY_IMPORT[room];
  if (allowed === undefined) return [`${source.path}: say in this test what ${room} may import`];
  return imports(source).flatMap((target) => {
    const targetRoom = target.startsWith("main") ? "main.ts" : roomOf(target);
    if (!rooms.has(targetRoom) || targetRoom === room) return [];
    const fits = allowed.includes("everything") || allowed.includes(targetRoom);
    return fits && (ONLY_FOR[targetRoom]?.includes(room) ?? true) ? [] : [`${source.path} imports ${target}`];
  });
}

/** Imports of all bindings at once: they cost seconds and gigabytes. */
function indexImports(source: Source): string[] {
  const index = imports(source).filter((target) =>
    /^@cdktf\/provider-[\w-]+(\/(index|lib|lib\/index|lib\/lazy-index))?$/.test(target),
  );
  return index.map((target) => `${source.path} imports ${target}`);
}

const all = sources();
const typescript = all.filter(({ path }) => !path.endsWith(".py"));

describe("rooms", () => {
  test("know each other in one direction only", () => {
    expect(typescript.flatMap(wrongImports)).toEqual([]);
  });

  test.each([
    ["modules/keys/key.ts", 'import { Names } from "../../accounts/model/naming";'],
    ["modules/keys/key.ts", 'import { LakeStack } from "../../stacks/lake";'],
    ["lambdas/intake/handler.ts", 'import type { Key } from "../../modules/keys/key";'],
    ["lambdas/intake/handler.ts", 'export * from "../../cli/main";'],
    ["contracts/schema.ts", 'import { nearest } from "../accounts/model/load";'],
    ["accounts/model/load.ts", 'const { x } = require("../../modules/place");'],
    ["samples/generate.ts", 'import("../lambdas/intake/handler");'],
    ["stacks/lake.ts", 'import { builtArtifacts } from "../tools/build/artifacts";'],
    ["cli/main.ts", 'import { LakeStack } from "../stacks/lake";'],
    ["cli/main.ts", 'import "../main";'],
    ["local/runtimes/any.cjs", 'require("../../lambdas/intake/handler");'],
    ["attic/old.ts", ""],
  ])("notice when %s says %s", (path, text) => {
    expect(wrongImports({ path, text })).toHaveLength(1);
  });

  test.each([
    ["stacks/lake.ts", 'import { Key } from "../modules/keys/key";'],
    ["modules/keys/key.ts", 'import { arnIn } from "../place";\nimport { Construct } from "constructs";'],
    ["test/stacks/any.test.ts", 'import { LakeStack } from "../../stacks/lake";'],
    ["cli/main.ts", 'import { loadAccounts } from "../accounts/model/load";'],
    ["tools/synth.mjs", 'import "../main.ts";'],
  ])("let %s say %j", (path, text) => {
    expect(wrongImports({ path, text })).toEqual([]);
  });

  test("in Python do not reach into each other either", () => {
    const python = all.filter(({ path }) => path.endsWith(".py") && !path.startsWith("test/"));
    const foreign = python.flatMap(({ path, text }) =>
      [...text.matchAll(/^\s*(?:from|import) (access|local|glue|cli|stacks|modules)\b/gm)]
        .map(([, target = ""]) => target)
        .filter((target) => target !== roomOf(path) && !PYTHON_MAY_IMPORT.has(`${roomOf(path)} ${target}`))
        .map((target) => `${path} imports ${target}`),
    );
    expect(foreign).toEqual([]);
  });
});

describe("bindings of providers", () => {
  test("are imported one by one", () => {
    expect(typescript.flatMap(indexImports)).toEqual([]);
  });

  test.each([
    'import { S3Bucket } from "@cdktf/provider-aws";',
    'import * as aws from "@cdktf/provider-aws/lib";',
    'const aws = require("@cdktf/provider-aws/lib/lazy-index");',
  ])("are not when a file says %s", (text) => {
    expect(indexImports({ path: "modules/any.ts", text })).toHaveLength(1);
  });

  test("are, when a file names one of them", () => {
    const text = 'import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";';
    expect(indexImports({ path: "modules/any.ts", text })).toEqual([]);
  });
});

describe("files", () => {
  const lines = ({ text }: Source) => text.trimEnd().split("\n").length;

  test("are short enough to be read at one sitting", () => {
    const product = all.filter(({ path }) => !path.startsWith("test/"));
    expect(product.filter((source) => lines(source) > LONGEST_FILE).map(({ path }) => path)).toEqual([]);
  });

  test("that put everything together hold nothing else", () => {
    const main = all.find(({ path }) => path === "main.ts");
    expect(main && lines(main)).toBeLessThan(LONGEST_COMPOSITION_ROOT);
  });
});
