import { createInterface } from "node:readline/promises";
import type { Account } from "../../accounts/model/schema";
import type { LakeCommand } from "../command";
import { Deployment } from "../deployment";
import { InputError } from "../exit-codes";
import type { Lake } from "../lake";
import { checkEntries } from "../preflight";
import { setUpTerraform } from "../setup";
import { type Stack, stacksOf } from "../stacks";
import { synthesize } from "../synth";
import { table } from "../table";
import type { Applied } from "../terraform";

/** Removes everything. */
export const destroy: LakeCommand = {
  name: "destroy",
  summary: "Remove every stack and all its data",
  description:
    'Goes the other way round than `up`: lakes, security, bootstrap. With --account, only that lake goes; its records in the security account stay. On AWS it refuses unless the file of every account that is to go says removal: "destroy". KMS keeps deleted keys for 30 days, in which the deletion can be taken back.',
  examples: [
    ["destroy", "ask first, then remove everything"],
    ["destroy --yes", "remove everything without a question"],
    ["destroy --account prod", "remove only this lake"],
  ],
  options: (command) => command.option("--account <name>", "only this lake").option("-y, --yes", "do not ask"),
  async run(lake, _args, { account, yes, json }) {
    lake.checkConfiguration();
    const accounts = account === undefined ? lake.accounts.all : [lake.lakeAccount(account as string)];
    const names = accounts.map(({ name }) => name);
    checkWillingness(lake, accounts);
    const target = await lake.target();
    if (yes !== true) await confirm(names, target.kind, json === true);
    const setup = await setUpTerraform(lake);
    await synthesize(lake, target, { removable: names });

    const deployment = new Deployment(lake, target, setup);
    const [bootstrap] = stacksOf(lake);
    if (bootstrap === undefined) throw new Error("there is no bootstrap stack");
    await lake.progress.step("Administrators' roles", () =>
      checkEntries(target, lake.accounts.organization, bootstrap.entries),
    );
    const results: ({ stack: string } & Applied)[] = [];
    // Its state leaves the bucket when all others are gone, and enters it before any other is made.
    const isAlone = (await deployment.bootstrapState(bootstrap).locate()) === "file";
    // The roles that remove the others are held by what it made.
    if (!isAlone) await deployment.lift(bootstrap);
    for (const stack of isAlone ? [] : stacksToRemove(lake, names)) {
      results.push({ stack: stack.name, ...(await deployment.destroy(stack)) });
    }
    if (account === undefined) {
      results.push({ stack: bootstrap.name, ...(await deployment.destroyBootstrap(bootstrap)) });
    }
    const rows = results.map(({ stack, removed }) => [stack, removed]);
    return { document: { target: target.kind, stacks: results }, text: table(["stack", "removed"], rows) };
  },
};

/** The stacks of these accounts, extensions too: what was deployed last goes first. Bootstrap is none of them. */
export function stacksToRemove(lake: Lake, accounts: readonly string[]): Stack[] {
  const [, ...stacks] = stacksOf(lake);
  return stacks.filter((stack) => stack.accounts.some(({ name }) => accounts.includes(name))).reverse();
}

function checkWillingness(lake: Lake, accounts: readonly Account[]): void {
  if (lake.isLocal) return;
  const retained = accounts.filter(({ removal }) => removal !== "destroy").map(({ name }) => name);
  if (retained.length === 0) return;
  throw new InputError(
    `The data of ${retained.join(" and ")} is to be retained; nothing was changed.`,
    `To delete it for good, set removal: "destroy" in ${retained.map((name) => `accounts/${name}.ts`).join(" and ")}.`,
  );
}

async function confirm(names: readonly string[], target: string, isJson: boolean): Promise<void> {
  if (isJson || !process.stdin.isTTY)
    throw new InputError("This deletes all data and needs a confirmation.", "Add --yes.");
  const ask = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await ask.question(
    `This deletes all data of ${names.join(" and ")} (${target}). Type "yes" to go on: `,
  );
  ask.close();
  if (answer.trim() !== "yes") throw new InputError("Nothing was changed.", "Type yes, or add --yes.");
}
