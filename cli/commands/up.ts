import type { LakeCommand } from "../command";
import { deploy } from "../deploy";
import { table } from "../table";

/** Deploys everything. */
export const up: LakeCommand = {
  name: "up",
  summary: "Deploy the lake: start the local AWS if need be, then apply every stack",
  description:
    "Applies bootstrap (state buckets and deployment roles), security and the lakes, in this order. What is up to date is left as it is, so the command can be repeated at any time, also after it was interrupted.",
  examples: [
    ["up", "deploy everything to the local AWS"],
    ["up --account prod", "deploy bootstrap, security and only this lake"],
    ["up --no-bootstrap", "deploy without entering the accounts as an administrator"],
  ],
  options: (command) =>
    command
      .option("--account <name>", "deploy only this lake (and what it needs)")
      .option("--no-bootstrap", "leave out the bootstrap stack, which needs administrators' rights"),
  async run(lake, _args, { account, bootstrap }) {
    const { stacks, ...deployed } = await deploy(lake, { lakeName: account, bootstrap });
    const rows = stacks.map(({ stack, added, changed, removed }) => [stack, added, changed, removed]);
    return { document: { ...deployed, stacks }, text: table(["stack", "added", "changed", "removed"], rows) };
  },
};
