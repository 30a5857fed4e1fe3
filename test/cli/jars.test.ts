import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureJars, type Jar, listJars } from "../../tools/setup/jars";
import { type Paths, pathsOf } from "../../tools/setup/paths";
import { temporaryFolder, writeScript } from "./support";

const folder = temporaryFolder();
let count = 0;

const java = { command: "/jdk/bin/java", version: "17.0.1" };
const jar: Jar = { coordinate: "org.example:one:1.0", file: "one-1.0.jar", sha256: "s", use: "job" };

/** A project whose Python, instead of fetching, writes the files and down that it was asked. */
function project(body = ""): { paths: Paths; python: string; calls: () => number } {
  const root = join(folder, String(count++));
  const paths = pathsOf({}, root);
  mkdirSync(join(root, "glue"), { recursive: true });
  writeFileSync(join(root, "glue", "jars.json"), JSON.stringify([jar]));
  const log = join(root, "calls");
  const python = writeScript(
    join(root, "python"),
    `echo "$JAVA_HOME $PATH $@" >> "${log}"\n${body}\nmkdir -p "$3"; echo jar > "$3/one-1.0.jar"`,
  );
  const calls = () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n").length : 0);
  return { paths, python, calls };
}

const ensure = ({ paths, python }: ReturnType<typeof project>) =>
  ensureJars(paths, python, java, { PATH: process.env.PATH, JAVA_HOME: "/other-jdk" }, () => {});

test("fetches jars once, with the Java that was found to do", async () => {
  const made = project();
  expect(await ensure(made)).toBe(true);
  expect(await ensure(made)).toBe(false);
  expect(made.calls()).toBe(1);
  expect(readFileSync(join(made.paths.root, "calls"), "utf8")).toMatch(/^ \/jdk\/bin:.*jars\.py glue\/jars\.json/);
});

test("looks again when a jar is gone or touched, when another sum is wanted, and when it was interrupted", async () => {
  const made = project();
  const file = join(made.paths.jars, jar.file);
  await ensure(made);
  rmSync(file);
  expect(await ensure(made)).toBe(true);
  utimesSync(file, 1, 1);
  expect(await ensure(made)).toBe(true);
  writeFileSync(join(made.paths.root, "glue", "jars.json"), JSON.stringify([{ ...jar, sha256: "t" }]));
  expect(await ensure(made)).toBe(true);
  writeFileSync(join(made.paths.jars, "stamp.json"), "{");
  expect(await ensure(made)).toBe(true);
  expect(made.calls()).toBe(5);
});

test("says of each jar what is wrong, and nothing of what else was printed", async () => {
  const made = project(
    `echo ":: loading settings" >&2; echo "${jar.coordinate}: expected sha256 s, found x" >&2; exit 1`,
  );
  await expect(ensure(made)).rejects.toThrow(
    "The jars of glue/jars.json are not complete:\norg.example:one:1.0: expected sha256 s, found x",
  );
  expect(existsSync(join(made.paths.jars, "stamp.json"))).toBe(false);
});

test("two processes that need them at once fetch them once", async () => {
  const made = project();
  expect(await Promise.all([ensure(made), ensure(made)])).toContain(false);
  expect(made.calls()).toBe(1);
});

test("every jar is named by its coordinate and has a sum", () => {
  for (const { coordinate, file, sha256, use } of listJars(pathsOf({}))) {
    const [, artifact, version] = coordinate.split(":");
    expect(file).toBe(`${artifact}-${version}.jar`);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(["job", "local"]).toContain(use);
  }
});
