import type { LakeCommand } from "../../command";
import { ownerOf, sandboxOptions, withSandbox } from "../../sandbox";
import { formatBytes, table } from "../../table";

/** Shows what somebody has in their sandbox. */
export const sandboxList: LakeCommand = {
  name: "sandbox list",
  summary: "Show what you have in your sandbox",
  description:
    "Each persona has a folder for each clearance, which nobody else opens. Files go by themselves after the days that the account's file says.",
  examples: [
    ["sandbox list", "as a data-analyst, of what is proprietary"],
    ["sandbox list --as data-scientist --clearance secret", "what a data-scientist has who is cleared for all"],
  ],
  options: (command) => {
    sandboxOptions(command, "proprietary");
  },
  async run(lake, _args, options) {
    const account = lake.lakeAccount(options.account as string | undefined);
    return withSandbox(lake, account, ownerOf(options), async (sandbox) => {
      const files = await sandbox.files();
      const rows = files.map(({ name, bytes, modified }) => [name, formatBytes(bytes), modified.slice(0, 16)]);
      return {
        document: { account: account.name, bucket: sandbox.bucket, folder: sandbox.folder, files },
        text: files.length === 0 ? "The sandbox is empty." : table(["name", "size", "put there (UTC)"], rows),
      };
    });
  },
};
