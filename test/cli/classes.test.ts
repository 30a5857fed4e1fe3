import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ensureClasses } from "../../tools/setup/classes";
import { pathsOf } from "../../tools/setup/paths";
import { temporaryFolder, writeScript } from "./support";

const folder = temporaryFolder();
const paths = pathsOf({}, join(folder, "project"));
mkdirSync(paths.root, { recursive: true });

const ensure = (body: string) =>
  ensureClasses(paths, writeScript(join(folder, "python"), body), { PATH: process.env.PATH, JAVA_HOME: "/jdk" });

test("says what became of the archive, which is made with the environment's own Java", async () => {
  const log = join(folder, "log");
  expect(await ensure(`echo "$JAVA_HOME $@" > "${log}"; echo noise; echo made`)).toBe("made");
  expect(readFileSync(log, "utf8")).toBe(`/jdk -m local.runtimes.spark_classes ${paths.jars}\n`);
});

test("an archive that cannot be made stops nobody", async () => {
  expect(await ensure("echo long story >&2; echo no space left >&2; exit 1")).toBe(
    "not made, Spark starts without: no space left",
  );
});

test("two processes make it one after the other", async () => {
  const [running, together] = [join(folder, "running"), join(folder, "together")];
  const body = `test -e "${running}" && touch "${together}"; touch "${running}"; sleep 0.3; rm "${running}"; echo made`;
  await Promise.all([ensure(body), ensure(body)]);
  expect(existsSync(together)).toBe(false);
});
