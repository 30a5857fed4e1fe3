import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { LakeAccount } from "../accounts/model/schema";
import type { Target } from "../accounts/model/target";
import type { LedgerItem } from "../contracts/ledger";
import { roleSettings } from "./aws";
import type { Lake } from "./lake";
import { withClients } from "./lake-clients";
import { type DatasetSummary, datasetIds, entriesOf, summarize } from "./ledger";
import { ENGINEER } from "./person";
import { type QueueDepth, queueDepth, queueOwners } from "./queues";
import { type Stack, stacksOf } from "./stacks";
import { parseState } from "./state";

/** Whether a stack is deployed; `no access`: the caller may not see. */
export interface StackStatus {
  readonly stack: string;
  readonly state: "deployed" | "absent" | "no access";
  readonly resources?: number;
  readonly changedAt?: string;
}

/** What arrived in a lake, and what waits there. */
export interface LakeStatus {
  readonly account: string;
  readonly datasets: readonly DatasetSummary[];
  readonly queues: readonly QueueDepth[];
}

export async function stackStatuses(lake: Lake, target: Target): Promise<StackStatus[]> {
  return Promise.all(stacksOf(lake).map((stack) => stackStatus(lake, target, stack)));
}

async function stackStatus(lake: Lake, target: Target, { name, state }: Stack): Promise<StackStatus> {
  const settings = roleSettings(target, lake.accounts.organization, state.entry);
  const s3 = new S3Client({ ...settings, forcePathStyle: target.kind === "local" });
  try {
    const { Body, LastModified } = await s3.send(new GetObjectCommand({ Bucket: state.bucket, Key: state.key }));
    const { resources } = parseState((await Body?.transformToString()) ?? "");
    const count = resources.filter(({ mode }) => mode === "managed").length;
    if (count === 0) return { stack: name, state: "absent" };
    return { stack: name, state: "deployed", resources: count, changedAt: LastModified?.toISOString() };
  } catch (error) {
    return { stack: name, state: absentOrHidden(target, error as Error) };
  } finally {
    s3.destroy();
  }
}

/** A role that does not exist yet is refused like one that may not be used: on a local AWS it can only be the former. */
function absentOrHidden(target: Target, error: Error): "absent" | "no access" {
  if (["NoSuchBucket", "NoSuchKey"].includes(error.name)) return "absent";
  if (error.name === "AccessDenied") return target.kind === "local" ? "absent" : "no access";
  throw error;
}

/** Sums of every dataset and the depth of every queue of a lake. */
export async function lakeStatus(lake: Lake, account: LakeAccount): Promise<LakeStatus> {
  return withClients(lake, account, ENGINEER, async (clients) => {
    const datasets = await Promise.all(
      datasetIds(lake).map(async (id) => {
        const entries: LedgerItem[] = [];
        for await (const entry of entriesOf(clients, id)) entries.push(entry);
        return summarize(id, entries);
      }),
    );
    const queues = await Promise.all(queueOwners(account).map((name) => queueDepth(clients, name)));
    return { account: account.name, datasets, queues };
  });
}
