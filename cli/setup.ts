import { hasLayer } from "../accounts/model/layers";
import { ensureClasses } from "../tools/setup/classes";
import { ensureJars } from "../tools/setup/jars";
import { findPrerequisites, findTerraform, type Tool } from "../tools/setup/prerequisites";
import { prepareTerraform, type TerraformEnvironment } from "../tools/setup/terraform-environment";
import { ensureVenv } from "../tools/setup/venv";
import type { Lake } from "./lake";

/** What has to be there before Terraform runs. */
export interface Setup {
  readonly terraform: Tool;
  readonly environment: TerraformEnvironment;
}

/** Looks for Terraform and writes its settings. */
export function setUpTerraform(lake: Lake): Setup {
  const terraform = findTerraform(lake.environment);
  return { terraform, environment: prepareTerraform(lake.paths, lake.environment) };
}

/**
 * The same, and what a deployment uploads or runs: the Python environment, which holds the local AWS and fetches the jars,
 * and the jars of Spark jobs. A lake on AWS without Spark jobs needs neither.
 */
export async function setUp(lake: Lake): Promise<Setup> {
  if (!lake.isLocal && !lake.accounts.lakes.some((account) => hasLayer(account, "refine"))) return setUpTerraform(lake);
  const { python, terraform, java } = findPrerequisites(lake.environment);
  await lake.progress.step("Python environment", async (step) => {
    const isChanged = await ensureVenv(lake.paths, python, "run", lake.environment, (line) => step.say(line));
    step.note(isChanged ? "installed" : "up to date");
  });
  await lake.progress.step("Jars of Spark jobs", async (step) => {
    const say = (line: string) => step.say(line);
    const isChanged = await ensureJars(lake.paths, lake.paths.python, java, lake.environment, say);
    step.note(isChanged ? "fetched" : "up to date");
  });
  if (lake.isLocal) {
    await lake.progress.step("Classes of Spark", async (step) =>
      step.note(await ensureClasses(lake.paths, lake.paths.python, lake.environment)),
    );
  }
  return { terraform, environment: prepareTerraform(lake.paths, lake.environment) };
}
