import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { strToU8, zipSync } from "fflate";
import { temporaryFolder } from "../cli/support";
import { ROOT, SYNTHESES, SYNTHESIS_TIMEOUT_MS, synthesize } from "../support/synthesis";
import { filesBelow, secretsIn } from "./secrets";

const SEARCH_TIMEOUT_MS = SYNTHESIS_TIMEOUT_MS * 2;
const folder = temporaryFolder();

test(
  "there is no secret in what is deployed: stacks, functions, layers, jobs and their libraries",
  async () => {
    await synthesize(ROOT, join(folder, "aws"), SYNTHESES.aws);
    const files = filesBelow(join(folder, "aws"));
    for (const kind of ["cdk.tf.json", "intake.zip", "dispatch.zip", "duckdb.zip", "refine.py", "lake_spark.zip"]) {
      expect(files.map((file) => file.split("/").at(-1))).toContain(kind);
    }
    expect(secretsIn(files)).toEqual([]);
  },
  SEARCH_TIMEOUT_MS,
);

describe("the search is switched on:", () => {
  // Put together here, so that no other scanner takes this file for the leak.
  const written = (...parts: string[]) => parts.join("");
  const secrets: Readonly<Record<string, string>> = {
    "AWS Access Key": written("AKIA", "Q3EGRIZTUVWXY2AB"),
    "Private Key": written("-----BEGIN RSA ", "PRIVATE KEY-----\nMIIEpAIBAAKCAQEAx1", "b2c3d4e5f6"),
    "GitHub Token": written("ghp_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"),
    "Basic Auth Credentials": written("postgres://reader:", "hunter2x@db.internal/lake"),
    "a known value": "p-9f2c-of-this-run",
  };
  const known = Object.values(secrets).slice(-1);

  test.each(Object.entries(secrets))(
    "%s is found in a file, in an archive and in an archive inside of it",
    (kind, secret) => {
      const inside = join(folder, kind.replaceAll(" ", "-"));
      mkdirSync(inside);
      const text = strToU8(`${"x".repeat(3000)}\nconst setting = "${secret}";\n`);
      const inner = zipSync({ "code/index.js": text });
      const files = { "plain.js": text, "one.zip": inner, "two.zip": zipSync({ "inner.zip": inner }) };
      for (const [name, content] of Object.entries(files)) writeFileSync(join(inside, name), content);
      const found = secretsIn(filesBelow(inside), known);
      expect(found.filter((one) => one.kind === kind).map(({ file }) => file.slice(inside.length + 1))).toEqual([
        "one.zip!code/index.js",
        "plain.js",
        "two.zip!inner.zip!code/index.js",
      ]);
      expect(JSON.stringify(found)).not.toContain(secret);
    },
    SEARCH_TIMEOUT_MS,
  );

  test("what only looks like one is left alone", () => {
    const file = join(folder, "innocent.json");
    writeFileSync(file, JSON.stringify({ sha256: "9f".repeat(32), password_length: 14, master: "${aws_secret.arn}" }));
    expect(secretsIn([file], ["not-in-there"])).toEqual([]);
  });
});
