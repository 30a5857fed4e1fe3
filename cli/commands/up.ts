import type { LakeCommand } from "../command";
import { deploy } from "../deploy";
import { chooseDatabase } from "../sources/database";
import { table } from "../table";

/** Deploys everything. */
export const up: LakeCommand = {
  name: "up",
  summary: "Deploy the lake: start the local AWS if need be, then apply every stack",
  description:
    "Applies bootstrap (state buckets and deployment roles), security and the lakes, in this order. What is up to date is left as it is, so the command can be repeated at any time, also after it was interrupted. A database that was asked for on the local AWS stays until `lake down`; on AWS the account's file says whether there is one.",
  examples: [
    ["up", "deploy everything to the local AWS"],
    ["up --account prod", "deploy bootstrap, security and only this lake"],
    ["up --with-database", "on the local AWS, with a database to bring rows from"],
    ["up --no-bootstrap", "deploy without entering the accounts as an administrator"],
  ],
  options: (command) =>
    command
      .option("--account <name>", "deploy only this lake (and what it needs)")
      .option("--with-database", "give lakes of the local AWS a database of their own, as their files may on AWS")
      .option("--no-bootstrap", "leave out the bootstrap stack, which needs administrators' rights"),
  async run(lake, _args, { account, bootstrap, withDatabase }) {
    if (withDatabase === true) chooseDatabase(lake, account as string | undefined);
    const { stacks, ...deployed } = await deploy(lake, { lakeName: account, bootstrap });
    const rows = stacks.map(({ stack, added, changed, removed }) => [stack, added, changed, removed]);
    return { document: { ...deployed, stacks }, text: table(["stack", "added", "changed", "removed"], rows) };
  },
};
