import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configurationDigest, type Manifest, PlanFolder, sha256 } from "../../../cli/plan/folder";
import { temporaryFolder } from "../support";

const root = temporaryFolder();
const DIGEST = "0".repeat(64);
const manifest: Manifest = {
  version: 1,
  target: { kind: "aws" },
  stacks: [
    {
      stack: "prod",
      accounts: { prod: "333333333333" },
      configuration: DIGEST,
      plan: DIGEST,
      terraform: "1.11.4",
      time: "2026-11-21T10:00:00Z",
      isEmpty: false,
    },
  ],
};

test("a folder gives back what was written, with the digest of it all", () => {
  const folder = new PlanFolder(join(root, "plans"));
  folder.start();
  const digest = folder.write(manifest);
  expect(folder.read()).toEqual({ manifest, digest });
  expect(digest).toBe(sha256(readFileSync(join(root, "plans", "manifest.json"))));
  const [stack] = manifest.stacks;
  const other = { ...manifest, stacks: [{ ...(stack as Manifest["stacks"][0]), plan: "1".repeat(64) }] };
  expect(folder.write(other)).not.toBe(digest);
});

test("a new plan takes the place of the old one, and of nothing else", () => {
  const path = join(root, "again");
  const folder = new PlanFolder(path);
  folder.start();
  folder.write(manifest);
  writeFileSync(folder.planFile("old"), "");
  writeFileSync(join(path, "notes.txt"), "mine");
  folder.start();
  expect(() => folder.read()).toThrow("There is no plan in");
  expect(readFileSync(join(path, "notes.txt"), "utf8")).toBe("mine");
});

test("a folder that holds something else is left alone", () => {
  const path = join(root, "other");
  mkdirSync(path);
  writeFileSync(join(path, "package.json"), "{}");
  expect(() => new PlanFolder(path).start()).toThrow("is not empty, and holds no plan");
  expect(readFileSync(join(path, "package.json"), "utf8")).toBe("{}");
});

test("a spoilt manifest is told of in every place at once", () => {
  const path = join(root, "spoilt");
  mkdirSync(path);
  const [stack] = manifest.stacks;
  writeFileSync(
    join(path, "manifest.json"),
    JSON.stringify({ ...manifest, stacks: [{ ...stack, plan: "short", stak: "x" }] }),
  );
  expect(() => new PlanFolder(path).read()).toThrow(/stacks\[0\]\.plan.*stacks\[0\]\.stak/s);
  writeFileSync(join(path, "manifest.json"), "{");
  expect(() => new PlanFolder(path).read()).toThrow("manifest.json is no JSON");
});

test("the digest of a configuration is that of the stack and its files, and of nothing that Terraform adds", () => {
  const path = join(root, "stack");
  mkdirSync(join(path, "assets", "code"), { recursive: true });
  mkdirSync(join(path, ".terraform"));
  writeFileSync(join(path, "cdk.tf.json"), "{}");
  writeFileSync(join(path, "assets", "code", "a.zip"), "a");
  const before = configurationDigest(path);
  writeFileSync(join(path, ".terraform", "lake.json"), "{}");
  writeFileSync(join(path, ".terraform.lock.hcl"), "");
  expect(configurationDigest(path)).toBe(before);
  writeFileSync(join(path, "assets", "code", "a.zip"), "b");
  expect(configurationDigest(path)).not.toBe(before);
  writeFileSync(join(path, "assets", "code", "a.zip"), "a");
  writeFileSync(join(path, "cdk.tf.json"), "{ }");
  expect(configurationDigest(path)).not.toBe(before);
});
