import { type Contract, classifications } from "../../contracts";
import { nearest } from "../../contracts/nearest";
import { findLow, type LowObject, placesOf, raise } from "../classify";
import type { LakeCommand } from "../command";
import { exitCodes, InputError, together } from "../exit-codes";
import type { Lake } from "../lake";
import { withClients } from "../lake-clients";
import { type Person, personOf, personOptions } from "../person";
import { plural, table } from "../table";

/** Whoever raises a classification has to see everything that is lower, and what has none. */
const STEWARD: Person = { persona: "data-steward", clearance: classifications[classifications.length - 1] ?? "secret" };

/** Brings objects that are there already to the classification of their contract. */
export const classify: LakeCommand = {
  name: "classify",
  args: "<dataset>",
  summary: "Bring what is in the zones to the classification of its contract",
  description:
    "After a contract says that its dataset is more sensitive: every version of its objects in the first zones, in quarantine and in its tables that says less, or nothing, gets what the contract says. Nothing is ever made less sensitive. Exit code 3 if --check finds something.",
  examples: [
    ["classify sales/orders --check", "what says less than the contract"],
    ["classify sales/orders", "and gives it what the contract says"],
  ],
  options: (command) =>
    personOptions(command, STEWARD)
      .option("--account <name>", "the lake, if there are several")
      .option("--check", "change nothing"),
  async run(lake, [dataset = ""], options) {
    const { account, check } = options as { account?: string; check?: boolean };
    const [contract, owner] = together(
      () => contractOf(lake, dataset),
      () => lake.lakeAccount(account),
    );
    return withClients(lake, owner, personOf(options, STEWARD), async ({ s3, names }) => {
      const places = placesOf(owner, names, contract);
      const objects = await lake.progress.step("Look", (step) => findLow(s3, places, step));
      if (check !== true && objects.length > 0)
        await lake.progress.step("Classify", (step) => raise(s3, objects, step));
      return {
        document: { account: owner.name, dataset: contract.id, classified: check !== true, objects },
        text: describe(contract, objects, check === true),
        exitCode: check === true && objects.length > 0 ? exitCodes.attention : exitCodes.ok,
      };
    });
  },
};

function contractOf({ contracts }: Lake, name: string): Contract {
  const found = contracts.find(({ id, dataset }) => id === name || dataset === name);
  if (found !== undefined) return found;
  const ids = contracts.map(({ id }) => id);
  const meant = nearest(name, [...ids, ...contracts.map(({ dataset }) => dataset)]);
  throw new InputError(
    `There is no dataset ${name}.`,
    meant === undefined ? `Use one of ${ids.join(", ")}.` : `Did you mean ${meant}?`,
  );
}

function describe({ id }: Contract, objects: readonly LowObject[], isCheck: boolean): string {
  if (objects.length === 0) return `Everything of ${id} says what its contract says.`;
  const kinds = new Map<string, [bucket: string, from: string, to: string, count: number]>();
  for (const { bucket, from = "nothing", to } of objects) {
    const kind = `${bucket} ${from} ${to}`;
    kinds.set(kind, [bucket, from, to, (kinds.get(kind)?.[3] ?? 0) + 1]);
  }
  const rows = table(["bucket", "says", "contract", "versions"], [...kinds.values()]);
  return `${rows}\n\n${plural(objects.length, "version")} ${isCheck ? "to be classified" : "classified"}`;
}
