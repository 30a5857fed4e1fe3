import { setTimeout as sleep } from "node:timers/promises";
import {
  ListMessageMoveTasksCommand,
  type ListMessageMoveTasksResultEntry,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import { Names } from "../../accounts/model/naming";
import type { LakeAccount } from "../../accounts/model/schema";
import { nearest } from "../../contracts/nearest";
import { checkInterrupted } from "../../tools/setup/process";
import type { LakeCommand } from "../command";
import { InputError, OperationError } from "../exit-codes";
import type { Lake } from "../lake";
import { type LakeClients, withClients } from "../lake-clients";
import { ENGINEER, personOf, personOptions } from "../person";
import { queueDepth, queueName, queueOwners } from "../queues";
import { plural } from "../table";

const POLL_MS = 500;

/** Tries again what failed for good. */
export const redrive: LakeCommand = {
  name: "redrive",
  args: "<zone>",
  summary: "Try again what failed three times in a zone",
  description:
    "Moves every message of the zone's dead-letter queue back to its queue. Do it when the cause is put right.",
  examples: [
    ["redrive drop", "load again the files whose loading failed"],
    ["redrive lake-prod-drop", "the same, by the name of the queue that an alarm tells"],
  ],
  options: (command) => personOptions(command, ENGINEER).option("--account <name>", "the lake, if there are several"),
  async run(lake, [name = ""], options) {
    const { account } = options;
    const owner = lake.lakeAccount(account as string | undefined);
    const zone = zoneOf(lake, owner, name);
    return withClients(lake, owner, personOf(options, ENGINEER), async (clients) => {
      const moved = await lake.progress.step(`Redrive ${zone}`, async (step) => {
        const { deadLetters } = await queueDepth(clients, zone);
        if (deadLetters === 0) return 0;
        step.say(`${plural(deadLetters, "message")} to move`);
        return move(clients, zone);
      });
      const text =
        moved === 0 ? `Nothing has failed in ${zone}.` : `${plural(moved, "message")} moved back to ${zone}.`;
      return { document: { account: owner.name, zone, moved }, text };
    });
  },
};

/** The zone of that name, or the one whose queue has that name. */
function zoneOf(lake: Lake, account: LakeAccount, name: string): string {
  const names = new Names(lake.accounts.organization, account);
  const zones = queueOwners(account);
  const zone = zones.find((candidate) => candidate === name || names.of(candidate) === name);
  if (zone !== undefined) return zone;
  const owner = zones.find((candidate) => name.startsWith(`${names.of(candidate)}-`));
  if (owner !== undefined) {
    throw new InputError(
      `${name} belongs to a stream of the zone ${owner}.`,
      "Whoever works on the stream moves its dead letters: only the lake's own queues are redriven here.",
    );
  }
  const meant = nearest(name, zones);
  throw new InputError(
    `There is no zone ${name}.`,
    meant === undefined ? `Use one of ${zones.join(", ")}.` : `Did you mean ${meant}?`,
  );
}

async function move(clients: LakeClients, zone: string): Promise<number> {
  const { names, sqs } = clients;
  const arn = (isDeadLetters: boolean) => names.arn("sqs", queueName(clients, zone, isDeadLetters));
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arn(true), DestinationArn: arn(false) }));
  for (;;) {
    checkInterrupted();
    const { Results = [] } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn: arn(true), MaxResults: 1 }));
    const task: ListMessageMoveTasksResultEntry | undefined = Results[0];
    if (task?.Status === "COMPLETED") return task.ApproximateNumberOfMessagesMoved ?? 0;
    if (task?.Status === "FAILED" || task?.Status === "CANCELLED") {
      throw new OperationError(
        `The redrive of ${zone} ended as ${task.Status}: ${task.FailureReason ?? "no reason given"}`,
      );
    }
    await sleep(POLL_MS);
  }
}
