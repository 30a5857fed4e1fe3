import { dirname, join, resolve } from "node:path";
import { homeOf, serverFile } from "../../accounts/model/target";

/** The repository. */
export const projectRoot = resolve(__dirname, "..", "..");

/** Where everything that is generated on this machine goes. */
export interface Paths {
  readonly root: string;
  /** Python environment; every run shares it. */
  readonly venv: string;
  /** The environment's interpreter. */
  readonly python: string;
  /** Python environment of the scanners. */
  readonly scanVenv: string;
  readonly scanPython: string;
  /** Downloaded jars of Spark jobs; every run shares them. */
  readonly jars: string;
  /** Downloaded Terraform providers; every run shares them. */
  readonly plugins: string;
  /** Generated configuration of the Terraform command. */
  readonly terraformConfig: string;
  /** The running local AWS. */
  readonly localRun: string;
  readonly serverFile: string;
  readonly serverLog: string;
  /** Terraform states that are not in a bucket yet. */
  readonly states: string;
  /** Generated sample data. */
  readonly sample: string;
  /** Saved plans. */
  readonly plans: string;
  /** Where plans are made and applied: beside the usual configuration, from which theirs differs in the way in. */
  readonly planning: string;
  /** What synthesis writes. */
  readonly outdir: string;
}

/**
 * `LAKE_HOME` (by default `.lake`) holds what belongs to one run, so that tests can have a run of their own beside a
 * developer's; `CDKTF_OUTDIR` does the same for what is synthesized.
 */
export function pathsOf(environment: NodeJS.ProcessEnv, root = projectRoot): Paths {
  const home = homeOf(environment, root);
  const shared = join(root, ".lake");
  const announcement = serverFile(environment, root);
  const localRun = dirname(announcement);
  return {
    root,
    venv: join(shared, "venv"),
    python: join(shared, "venv", "bin", "python"),
    scanVenv: join(shared, "scanners"),
    scanPython: join(shared, "scanners", "bin", "python"),
    jars: join(shared, "cache", "jars"),
    plugins: join(shared, "plugins"),
    terraformConfig: join(home, "terraform.rc"),
    localRun,
    serverFile: announcement,
    serverLog: join(localRun, "server.log"),
    states: join(home, "state"),
    sample: join(home, "sample"),
    plans: join(home, "plans"),
    planning: join(home, "planning"),
    outdir: resolve(root, environment.CDKTF_OUTDIR ?? "cdktf.out"),
  };
}
