import { basename, resolve } from "node:path";
import type { LakeCommand } from "../../command";
import { ownerOf, sandboxOptions, withSandbox } from "../../sandbox";
import { typedFrom } from "../upload";

/** Copies a file of somebody's sandbox. */
export const sandboxGet: LakeCommand = {
  name: "sandbox get",
  args: "<name>",
  summary: "Copy a file of your sandbox here",
  examples: [
    ["sandbox get forecast.csv --clearance confidential", "into the working directory"],
    ["sandbox get forecasts/may.csv --to may.csv", "under another name"],
  ],
  options: (command) =>
    sandboxOptions(command, "proprietary").option("--to <path>", "where it goes (default: the working directory)"),
  async run(lake, [name = ""], options) {
    const { account, to = basename(name) } = options as { account?: string; to?: string };
    const owner = lake.lakeAccount(account);
    const file = resolve(typedFrom(lake.environment), to);
    return withSandbox(lake, owner, ownerOf(options), async (sandbox) => {
      await sandbox.get(name, file);
      return { document: { account: owner.name, name, file }, text: `${name} is in ${file}.` };
    });
  },
};
