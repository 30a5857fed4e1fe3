import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { duckdbLayerEntries, duckdbVersion } from "../../../tools/build/duckdb-layer";
import { deterministicZip } from "../../../tools/build/zip";
import { ROOT, testFolder } from "../../support/synthesis";
import { smallProject, VERSION } from "./project";

describe("the layer with DuckDB", () => {
  test("holds the library and the native build where Node.js looks for them, and nothing else", async () => {
    const entries = await duckdbLayerEntries(smallProject("layer"), "x86_64");
    const folder = "nodejs/node_modules/@duckdb";
    expect([...entries.keys()].sort()).toEqual(
      [
        ...["node-api", "node-bindings", "node-bindings-linux-x64"].flatMap((name) => [
          `${folder}/${name}/index.js`,
          `${folder}/${name}/package.json`,
        ]),
        `${folder}/node-bindings-linux-x64/lib/duckdb.node`,
        `${folder}/node-bindings-linux-x64/libduckdb.so`,
      ].sort(),
    );
  });

  test("has the same bytes wherever and whenever it is built", async () => {
    const [one, other] = [smallProject("layer one"), smallProject("layer-two")];
    for (const file of readdirSync(join(other, "node_modules"), { recursive: true, encoding: "utf8" })) {
      utimesSync(join(other, "node_modules", file), new Date("2001-02-03"), new Date("2004-05-06"));
    }
    const zips = await Promise.all(
      [one, other].map(async (root) => deterministicZip(await duckdbLayerEntries(root, "x86_64"))),
    );
    expect(Buffer.compare(zips[0] ?? Buffer.of(), zips[1] ?? Buffer.of())).toBe(0);
  });

  test("has the version that is installed and tested", () => {
    expect(duckdbVersion(smallProject("version"))).toBe(VERSION);
    const root = smallProject("no-version");
    writeFileSync(join(root, "package-lock.json"), JSON.stringify({ packages: {} }));
    expect(() => duckdbVersion(root)).toThrow("run npm ci");
  });
});

describe("the native build for another processor", () => {
  const bin = join(testFolder(), "bin");
  const archive = join(testFolder(), "bindings.tgz");
  const temporary = join(testFolder(), "temporary");

  beforeAll(() => {
    const folder = join(testFolder(), "bindings");
    mkdirSync(join(folder, "package"), { recursive: true });
    writeFileSync(join(folder, "package", "package.json"), "{}");
    writeFileSync(join(folder, "package", "duckdb.node"), "native for arm64");
    execFileSync("tar", ["-czf", archive, "-C", folder, "package"]);
    // An npm that packs what lies ready and writes down what it was asked for.
    mkdirSync(bin, { recursive: true });
    mkdirSync(temporary, { recursive: true });
    writeFileSync(join(bin, "npm"), `#!/bin/sh\necho "$1 $2" > "${bin}/asked"\ncp "${archive}" "$5/"\n`);
    chmodSync(join(bin, "npm"), 0o755);
  });

  /** Builds the layer in a process that finds the npm above. @returns the layer's native file */
  function build(root: string): string {
    const script = `
      require(${JSON.stringify(join(ROOT, "tools", "typescript.cjs"))});
      const { duckdbLayerEntries } = require(${JSON.stringify(join(ROOT, "tools", "build", "duckdb-layer.ts"))});
      duckdbLayerEntries(${JSON.stringify(root)}, "arm64").then((entries) => {
        process.stdout.write(entries.get("nodejs/node_modules/@duckdb/node-bindings-linux-arm64/duckdb.node"));
      });`;
    return execFileSync(process.execPath, ["-e", script], {
      env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}`, TMPDIR: temporary },
      encoding: "utf8",
      stdio: "pipe",
    });
  }

  test("is taken from the registry in exactly the version of the lock file", () => {
    const root = smallProject("arm");
    const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
    const integrity = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
    lock.packages["node_modules/@duckdb/node-bindings-linux-arm64"].integrity = integrity;
    writeFileSync(join(root, "package-lock.json"), JSON.stringify(lock));
    expect(build(root)).toBe("native for arm64");
    expect(readFileSync(join(bin, "asked"), "utf8").trim()).toBe(`pack @duckdb/node-bindings-linux-arm64@${VERSION}`);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test("is refused when it is not what the lock file names, and leaves nothing behind", () => {
    expect(() => build(smallProject("tampered"))).toThrow("is not what package-lock.json names");
    expect(readdirSync(temporary)).toEqual([]);
  });
});
