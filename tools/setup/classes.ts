import { join } from "node:path";
import type { Paths } from "./paths";
import { run } from "./process";
import { withLock } from "./venv";

/**
 * Makes the archive of Spark's classes unless there is one: with it a Spark program starts in half of the time. It is made
 * with the Java that will run the programs, the environment's own; two processes that need it at once wait for each other.
 * @param python the interpreter of an environment with Spark
 * @returns what became of it: one that cannot be made is no reason to stop
 */
export async function ensureClasses(paths: Paths, python: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const args = ["-m", "local.runtimes.spark_classes", paths.jars];
  return withLock(join(paths.jars, "..", "classes.lock"), async () => {
    const { code, stdout, stderr } = await run(python, args, { cwd: paths.root, env: environment });
    const last = (text: string) => text.trim().split("\n").at(-1) ?? "";
    return code === 0 ? last(stdout) : `not made, Spark starts without: ${last(stderr)}`;
  });
}
