import type { Target } from "../../accounts/model/target";
import type { LakeCommand } from "../command";
import { type ExitCode, exitCodes } from "../exit-codes";
import type { Lake } from "../lake";
import { describeProblems } from "../problem-list";
import { type LakeStatus, lakeStatus, type StackStatus, stackStatuses } from "../status";
import { describeSummaries } from "../summary-table";
import { table } from "../table";

/** Shows what is deployed and what became of the files. */
export const status: LakeCommand = {
  name: "status",
  summary: "Show what is deployed, what arrived, what waits, and why files failed",
  description:
    "Exit code 3 if files have failed or were cut off, sums do not match, there are dead letters, or the local AWS does not run.",
  examples: [
    ["status", "tables for people"],
    ["status --account prod --json", "one lake, for a script"],
  ],
  options: (command) => command.option("--account <name>", "only this lake"),
  async run(lake, _args, { account }) {
    const chosen = account === undefined ? lake.accounts.lakes : [lake.lakeAccount(account as string)];
    const accounts = lake.accounts.all.map(({ name, kind, id, region }) => ({ name, kind, id, region }));
    if (lake.isLocal && lake.environment.LAKE_LOCAL_ENDPOINT === undefined && (await lake.server()) === undefined) {
      const text = "The local AWS is not running. Start it with `npm run lake -- up`.";
      return { document: { target: "local", running: false, accounts }, text, exitCode: exitCodes.attention };
    }
    const target = await lake.target();
    const stacks = await stackStatuses(lake, target);
    const deployed = chosen.filter(({ name }) => stacks.find(({ stack }) => stack === name)?.state !== "absent");
    const lakes = await Promise.all(deployed.map((one) => lakeStatus(lake, one)));
    return {
      document: {
        target: target.kind,
        running: true,
        endpoint: endpointOf(target),
        variant: lake.variant,
        accounts,
        stacks,
        lakes,
      },
      text: describe(lake, target.kind === "local" ? localAws(lake, target.endpoint) : "AWS", stacks, lakes),
      exitCode: codeOf(lakes),
    };
  },
};

function endpointOf(target: Target): string | undefined {
  return target.kind === "local" ? target.endpoint : undefined;
}

function localAws({ variant }: Lake, endpoint: string): string {
  return `local AWS at ${endpoint}${variant === "database" ? ", lakes with a database" : ""}`;
}

function codeOf(lakes: readonly LakeStatus[]): ExitCode {
  const isFine = lakes.every(
    ({ datasets, queues }) =>
      datasets.every(({ problems }) => problems.length === 0) && queues.every(({ deadLetters }) => deadLetters === 0),
  );
  return isFine ? exitCodes.ok : exitCodes.attention;
}

function describe(lake: Lake, where: string, stacks: readonly StackStatus[], lakes: readonly LakeStatus[]): string {
  const sections = [
    `Target: ${where}`,
    table(
      ["stack", "state", "resources", "last change"],
      stacks.map(({ stack, state, resources, changedAt }) => [stack, state, resources, changedAt]),
    ),
  ];
  for (const { account, datasets, queues } of lakes) {
    const seen = datasets.filter(({ files }) => files > 0);
    sections.push(
      seen.length === 0
        ? `${account}: no files have arrived yet`
        : `${account}\n${describeSummaries(seen, "last change")}`,
    );
    sections.push(
      table(
        ["zone", "waiting", "in work", "dead letters"],
        queues.map(({ zone, waiting, inFlight, deadLetters }) => [zone, waiting, inFlight, deadLetters]),
      ),
    );
    const problems = describeProblems(datasets);
    if (problems.length > 0) sections.push(problems.join("\n"));
    const dead = queues.filter(({ deadLetters }) => deadLetters > 0);
    sections.push(
      ...dead.map(
        ({ zone }) =>
          `When the cause is put right, try again what failed three times: \`${lake.suggestion(`redrive ${zone}`, account)}\``,
      ),
    );
  }
  return sections.join("\n\n");
}
