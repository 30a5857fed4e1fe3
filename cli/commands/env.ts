import type { LakeCommand } from "../command";
import { REAL_CREDENTIALS, terraformVariables } from "../deployment";
import { setUpTerraform } from "../setup";
import { synthesisVariables } from "../synth";

/** What a shell has to set, or (null) must not have set. */
type Variables = Record<string, string | null>;

/** The variables as lines for `eval` in any POSIX shell. */
export function exportLines(variables: Variables): string {
  return Object.entries(variables)
    .map(([name, value]) => (value === null ? `unset ${name}` : `export ${name}=${quote(value)}`))
    .join("\n");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Prints what other programs need to reach the same target. */
export const env: LakeCommand = {
  name: "env",
  summary: "Print the environment in which terraform and cdktf reach the same target",
  description:
    "For the stock commands of Terraform and CDKTF. cdktf needs --skip-provider-lock, as it would ask the registry even for a provider that is on this machine; `cdktf diff` takes one stack at a time. Stacks that are to delete their data need LAKE_CONFIRM_REMOVAL=<account>,... first in a deploy, then in the destroy; between them, `lake up` with it has bootstrap lift what keeps an account's records and let the roles that deploy empty buckets.",
  examples: [
    ["env", "see what would be set"],
    ["env --json", "the same for a script; null means: unset"],
  ],
  options: (command) =>
    command.addHelpText(
      "after",
      `
Use:
  eval "$(npm run --silent lake -- env)"
  npx cdktf deploy prod security --auto-approve --skip-provider-lock
  npx cdktf diff prod --skip-provider-lock
  LAKE_CONFIRM_REMOVAL=prod,security npx cdktf deploy prod security --auto-approve --skip-provider-lock
  LAKE_CONFIRM_REMOVAL=prod,security npx cdktf destroy prod security --auto-approve --skip-provider-lock`,
    ),
  async run(lake) {
    const target = await lake.target();
    const setup = await setUpTerraform(lake);
    const child = terraformVariables(lake, target, setup);
    const variables: Variables = { ...synthesisVariables(target) };
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = child;
    const credentials = target.kind === "local" ? { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } : {};
    for (const [name, value] of Object.entries({ ...setup.environment.set, ...credentials }))
      variables[name] = value ?? null;
    const removed = [...setup.environment.unset, ...(target.kind === "local" ? REAL_CREDENTIALS : [])];
    for (const name of removed) variables[name] = null;
    return { document: { variables }, text: exportLines(variables) };
  },
};
