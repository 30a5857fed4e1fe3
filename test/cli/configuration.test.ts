import { execFile, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../tools/setup/paths";
import { copySources } from "../support/synthesis";
import { temporaryFolder } from "./support";

/** The project in a folder of its own, where its files can be spoilt. */
const temporary = temporaryFolder();
const project = join(temporary, "project");

interface Failure {
  readonly error: { readonly problems: readonly { file: string; path: string; value?: unknown; fix?: string }[] };
}

/** Runs `lake up` in the copy. */
function up(): Promise<{ code: number | null; document: Failure }> {
  const env = { ...process.env, LAKE_HOME: join(project, ".lake") };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ["tools/lake.mjs", "up", "--json"], { cwd: project, env }, (_, stdout) =>
      resolve({ code: child.exitCode, document: JSON.parse(stdout) as Failure }),
    );
  });
}

function edit(file: string, from: string, to: string): void {
  const text = readFileSync(join(project, file), "utf8");
  expect(text).toContain(from);
  writeFileSync(join(project, file), text.replace(from, to));
}

beforeAll(() => {
  copySources(project);
  for (const name of ["cli", "samples"]) cpSync(join(projectRoot, name), join(project, name), { recursive: true });
});

test("every problem of every file comes at once, with place, value and fix, before anything is changed", async () => {
  edit("accounts/prod.ts", "region:", "regoin:");
  edit("accounts/security.ts", '"222222222222"', '"2222"');
  edit("domains/sales/datasets/orders.yml", "type: timestamp", "type: timestmap");
  const { code, document } = await up();
  expect(code).toBe(2);
  expect(document.error.problems).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ file: "accounts/prod.ts", path: "regoin" }),
      expect.objectContaining({ file: "accounts/security.ts", path: "id", value: "2222" }),
      expect.objectContaining({
        file: expect.stringMatching(/orders\.yml/),
        value: "timestmap",
        fix: "write `timestamp`",
      }),
    ]),
  );
  expect(existsSync(join(project, ".lake", "local"))).toBe(false);
  expect(existsSync(join(project, "cdktf.out"))).toBe(false);
});

test("formatting sets up what it needs, or says what is missing and the fix", () => {
  const bin = join(temporary, "bin");
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, "node"));
  const { status, stderr } = spawnSync("node", ["tools/format.mjs"], {
    cwd: project,
    env: { PATH: bin },
    encoding: "utf8",
  });
  expect(status).toBe(2);
  expect(stderr).toMatch(/^Python 3\.11 or newer is needed, none was found: install it/);
  const { scripts } = JSON.parse(readFileSync(join(project, "package.json"), "utf8")) as {
    scripts: { format: string };
  };
  expect(scripts.format).toBe("node tools/format.mjs");
});

test("an account file that is no TypeScript is a problem with a line, not a stack trace", async () => {
  writeFileSync(join(project, "accounts", "prod.ts"), "export default {\n  kind: lake lake,\n};\n");
  const { code, document } = await up();
  expect(code).toBe(2);
  expect(document.error.problems).toContainEqual(
    expect.objectContaining({ file: "accounts/prod.ts:2", message: expect.stringContaining("cannot be loaded") }),
  );
});
