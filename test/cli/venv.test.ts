import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Paths, pathsOf } from "../../tools/setup/paths";
import { ensureVenv, type Purpose, withLock } from "../../tools/setup/venv";
import { temporaryFolder, writeScript } from "./support";

const folder = temporaryFolder();
let count = 0;

/** A project whose Python only writes down what it is asked to do. */
function project(): { paths: Paths; python: { command: string; version: string }; calls: () => string[] } {
  const root = join(folder, String(count++));
  const log = join(root, "calls");
  mkdirSync(join(root, "local"), { recursive: true });
  writeFileSync(join(root, "local", "requirements.txt"), "moto==5.2.5\n");
  writeFileSync(join(root, "local", "requirements-dev.txt"), "pytest==9.2.0\n");
  mkdirSync(join(root, "test", "scan"), { recursive: true });
  writeFileSync(join(root, "test", "scan", "requirements.txt"), "checkov==3.3.30\n");
  const body = `echo "$@" >> "${log}"
if [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; fi
if [ -e "${root}/broken" ]; then echo "no such package" >&2; exit 1; fi`;
  const command = writeScript(join(root, "python"), body);
  const calls = () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []);
  return { paths: pathsOf({}, root), python: { command, version: "3.12.0" }, calls };
}

const ensure = ({ paths, python }: ReturnType<typeof project>, purpose: Purpose = "run") =>
  ensureVenv(paths, python, purpose, process.env, () => {});

test("makes the environment once", async () => {
  const made = project();
  expect(await ensure(made)).toBe(true);
  expect(await ensure(made)).toBe(false);
  expect(made.calls()).toEqual([
    expect.stringMatching(/^-m venv .*\.lake\/venv$/),
    expect.stringMatching(/^-m pip install .*-r local\/requirements\.txt$/),
  ]);
});

test("installs what the tests need on top, and does not forget it", async () => {
  const made = project();
  await ensure(made);
  expect(await ensure(made, "tests")).toBe(true);
  expect(await ensure(made)).toBe(false);
  expect(await ensure(made, "tests")).toBe(false);
  expect(made.calls().at(-1)).toMatch(/requirements-dev\.txt$/);
});

test("gives scanners an environment of their own", async () => {
  const made = project();
  await ensure(made);
  expect(await ensure(made, "scan")).toBe(true);
  expect(await ensure(made, "scan")).toBe(false);
  expect(await ensure(made)).toBe(false);
  expect(made.calls().slice(2)).toEqual([
    expect.stringMatching(/^-m venv .*\.lake\/scanners$/),
    expect.stringMatching(/^-m pip install .*-r test\/scan\/requirements\.txt$/),
  ]);
});

test("installs again when the requirements change", async () => {
  const made = project();
  await ensure(made);
  writeFileSync(join(made.paths.root, "local", "requirements.txt"), "moto==5.2.6\n");
  expect(await ensure(made)).toBe(true);
  expect(made.calls()).toHaveLength(3);
});

test("makes it anew with another Python, when its Python is gone, and when an interruption left it unfinished", async () => {
  const made = project();
  await ensure(made);
  made.python.version = "3.13.0";
  expect(await ensure(made)).toBe(true);
  expect(made.calls().filter((call) => call.startsWith("-m venv"))).toHaveLength(2);

  rmSync(made.paths.python);
  expect(await ensure(made)).toBe(true);
  expect(made.calls().filter((call) => call.startsWith("-m venv"))).toHaveLength(3);

  writeFileSync(join(made.paths.root, "broken"), "");
  made.python.version = "3.14.0";
  await expect(ensure(made)).rejects.toThrow(/`python -m venv \.lake\/venv` failed:\s+no such package/);
  expect(existsSync(join(made.paths.venv, "lake-stamp.json"))).toBe(false);
});

test("two processes that need it at once install it once", async () => {
  const made = project();
  expect(await Promise.all([ensure(made), ensure(made)])).toContain(false);
  expect(made.calls()).toHaveLength(2);
});

test("takes over the lock of a process that is gone", async () => {
  const lock = join(folder, "stale.lock");
  writeFileSync(lock, "999999999");
  expect(await withLock(lock, async () => "done")).toBe("done");
  expect(existsSync(lock)).toBe(false);
});
