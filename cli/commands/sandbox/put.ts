import { statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { Option } from "commander";
import { type Classification, classifications } from "../../../contracts";
import { seenWith } from "../../../contracts/people";
import type { LakeCommand } from "../../command";
import { InputError, together } from "../../exit-codes";
import { ownerOf, sandboxOptions, withSandbox } from "../../sandbox";
import { refuseLargest } from "../../upload/put";
import { typedFrom } from "../upload";

/** Puts a file into somebody's sandbox. */
export const sandboxPut: LakeCommand = {
  name: "sandbox put",
  args: "<file>",
  summary: "Put a file into your sandbox",
  description: "Who puts it there says how sensitive it is. A file of the same name is written over.",
  examples: [
    ["sandbox put forecast.csv --classification confidential", "with the clearance that is enough for it"],
    ["sandbox put out.csv --classification proprietary --name forecasts/may.csv", "under another name"],
  ],
  options: (command) =>
    sandboxOptions(command, "the classification of the file")
      .addOption(
        new Option("--classification <level>", "how sensitive the file is")
          .choices(classifications)
          .makeOptionMandatory(),
      )
      .option("--name <name>", "what it is called there (default: as the file)"),
  async run(lake, [path = ""], options) {
    const {
      account,
      classification,
      name = basename(path),
    } = options as {
      account?: string;
      classification: Classification;
      name?: string;
    };
    const person = ownerOf(options, classification);
    const [owner, file] = together(
      () => lake.lakeAccount(account),
      () => fileAt(resolve(typedFrom(lake.environment), path)),
      () => mayHave(person.clearance, classification),
    );
    return withSandbox(lake, owner, person, async (sandbox) => {
      await sandbox.put({ ...file, classification }, name);
      return {
        document: {
          account: owner.name,
          bucket: sandbox.bucket,
          folder: sandbox.folder,
          name,
          ...file,
          classification,
        },
        text: `${name} is in the sandbox.`,
      };
    });
  },
};

function fileAt(file: string): { file: string; bytes: number } {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile() !== true) throw new InputError(`There is no file ${file}.`, "Check the path.");
  const whole = { file, bytes: found.size };
  refuseLargest([whole]);
  return whole;
}

function mayHave(clearance: Classification, classification: Classification): void {
  if (seenWith(clearance).includes(classification)) return;
  throw new InputError(
    `The clearance ${clearance} is not enough for what is ${classification}.`,
    `Use --clearance ${classification}, or leave it out.`,
  );
}
