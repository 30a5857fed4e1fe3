import type { LakeCommand } from "../../command";
import { ownerOf, sandboxOptions, withSandbox } from "../../sandbox";
import { plural } from "../../table";

/** Removes files of somebody's sandbox. */
export const sandboxRemove: LakeCommand = {
  name: "sandbox rm",
  args: "<names...>",
  summary: "Remove files of your sandbox",
  description: "If one of them is not there, none is removed.",
  examples: [["sandbox rm forecast.csv forecasts/may.csv --clearance confidential", "two files"]],
  options: (command) => {
    sandboxOptions(command, "proprietary");
  },
  async run(lake, args, options) {
    const names = args.flat() as string[];
    const account = lake.lakeAccount(options.account as string | undefined);
    return withSandbox(lake, account, ownerOf(options), async (sandbox) => {
      await sandbox.remove(names);
      return { document: { account: account.name, removed: names }, text: `Removed ${plural(names.length, "file")}.` };
    });
  },
};
