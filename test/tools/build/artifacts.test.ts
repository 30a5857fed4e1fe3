import { createHash, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { buildArtifacts, builtArtifacts } from "../../../tools/build/artifacts";
import { filesBelow } from "../../../tools/build/zip";
import { JARS, smallProject, VERSION } from "./project";

const builds = (root: string) => [...filesBelow(join(root, ".lake", "build")).keys()].sort();

describe("the artifacts", () => {
  test("are the function with its contracts, and the layer with its libraries", async () => {
    const root = smallProject("complete");
    await buildArtifacts(root, ["x86_64"]);
    const { intake, duckdbLayer } = builtArtifacts(root);
    expect(Object.keys(unzipSync(readFileSync(intake.path))).sort()).toEqual(["contracts.json", "index.js"]);
    expect(Object.keys(unzipSync(readFileSync(duckdbLayer("x86_64").path)))).toContain(
      "nodejs/node_modules/@duckdb/node-api/index.js",
    );
    for (const { path, sha256 } of [intake, duckdbLayer("x86_64")]) {
      expect(createHash("sha256").update(readFileSync(path)).digest("hex")).toBe(sha256);
    }
  });

  test("are the library of Spark jobs, with what is configured and the pipelines' code as packages", async () => {
    const root = smallProject("library");
    await buildArtifacts(root, ["x86_64"]);
    const { glue } = builtArtifacts(root);
    const files = Object.keys(unzipSync(readFileSync(glue.library.path))).sort();
    expect(files).toEqual(
      expect.arrayContaining(["lake_spark/contracts.json", "lake_spark/pipelines.json", "lake_spark/refine.py"]),
    );
    expect(files.filter((file) => /pycache|jobs\/|jars/.test(file))).toEqual([]);
    const code = files.filter((file) => file.endsWith("/transform.py"));
    expect(code).toContain("lake_pipelines/sales/seller_performance/transform.py");
    for (const file of code) {
      const folders = file.split("/").slice(0, -1);
      for (const depth of folders.keys()) {
        expect(files).toContain([...folders.slice(0, depth + 1), "__init__.py"].join("/"));
      }
    }
  });

  test("are the authorities of RDS in every region, and those that sources bring along", async () => {
    const root = smallProject("authorities");
    const own = "-----BEGIN CERTIFICATE-----\nb3du\n-----END CERTIFICATE-----";
    mkdirSync(join(root, "domains", "freight", "sources"), { recursive: true });
    writeFileSync(join(root, "domains", "freight", "sources", "own.pem"), `${own}\n`);
    writeFileSync(join(root, "domains", "freight", "other.pem"), "other");
    await buildArtifacts(root, ["x86_64"]);
    const { path } = builtArtifacts(root).authorities;
    const text = readFileSync(path, "utf8");
    expect(path).toMatch(/\/rds-ca\.pem$/);
    expect(text.endsWith(`${own}\n`)).toBe(true);
    expect(text).not.toContain("other");
    const found = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    const subjects = found.slice(0, -1).map((pem) => new X509Certificate(pem).subject);
    for (const region of ["us-east-1", "eu-west-1", "eu-central-2", "ap-south-2", "me-central-1"]) {
      expect(subjects).toEqual(expect.arrayContaining([expect.stringContaining(`RDS ${region} Root CA RSA2048 G1`)]));
    }
    expect(subjects.every((subject) => /Amazon|Starfield/.test(subject))).toBe(true);
  });

  test("know the Java libraries that Glue lacks by their sums alone: nothing is fetched", async () => {
    const root = smallProject("jars");
    await buildArtifacts(root, ["x86_64"]);
    const [shipped] = JARS;
    expect(builtArtifacts(root).glue.jars).toEqual([
      { path: join(root, ".lake", "cache", "jars", "shipped-1.jar"), sha256: shipped?.sha256, fetched: true },
    ]);
    expect(existsSync(join(root, ".lake", "cache"))).toBe(false);
  });

  test("are built once: the second time finds them", async () => {
    const root = smallProject("once");
    await buildArtifacts(root, ["x86_64"]);
    const times = () => builds(root).map((file) => statSync(join(root, ".lake", "build", file)).mtimeMs);
    const before = times();
    await buildArtifacts(root, ["x86_64"]);
    expect(times()).toEqual(before);
    // Three functions, the layer, the library of Spark jobs and the authorities, each with its sum.
    expect(before).toHaveLength(12);
  });

  test.each([
    ["code of the function", "lambdas/intake/handler.ts", "export const handler = async () => 2;"],
    ["what the function is built of", "contracts/any.ts", "export const any = 2;"],
    ["how it is built", "tools/build/any.ts", "export const any = 2;"],
    ["a library's version", "package-lock.json", undefined],
  ])("are built anew when %s changes", async (_, file, text) => {
    const root = smallProject("changed");
    await buildArtifacts(root, ["x86_64"]);
    const before = builtArtifacts(root).intake.path;
    writeFileSync(
      join(root, file),
      text ?? readFileSync(join(root, file), "utf8").replace("something-else", "another"),
    );
    expect(() => builtArtifacts(root).intake).toThrow("is not built");
    await buildArtifacts(root, ["x86_64"]);
    expect(builtArtifacts(root).intake.path).not.toBe(before);
  });

  test("are not taken from a build that was interrupted", async () => {
    const root = smallProject("interrupted");
    await buildArtifacts(root, ["x86_64"]);
    const { intake } = builtArtifacts(root);
    rmSync(`${intake.path}.sha256`);
    writeFileSync(intake.path, "half a zip");
    await buildArtifacts(root, ["x86_64"]);
    expect(builtArtifacts(root).intake).toEqual(intake);
    expect(createHash("sha256").update(readFileSync(intake.path)).digest("hex")).toBe(intake.sha256);
  });

  test("leave nothing unfinished behind, even when a build fails", async () => {
    const root = smallProject("broken", "export const handler = ;");
    await expect(buildArtifacts(root, ["x86_64"])).rejects.toThrow("handler.ts");
    expect(existsSync(join(root, ".lake", "build")) ? builds(root) : []).toEqual([]);
  });

  test("have to be built before synthesis, which says how", () => {
    const { duckdbLayer } = { duckdbLayer: () => builtArtifacts(smallProject("not-built")).intake };
    expect(duckdbLayer).toThrow("npm run synth");
  });

  test("are told apart by the version and the processor of the layer", async () => {
    const root = smallProject("versions");
    await buildArtifacts(root, ["x86_64"]);
    expect(builtArtifacts(root).duckdbLayer("x86_64").path).toContain(`duckdb-${VERSION}-x86_64`);
    expect(() => builtArtifacts(root).duckdbLayer("arm64")).toThrow("is not built");
  });
});
