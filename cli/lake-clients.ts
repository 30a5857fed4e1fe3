import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GlueClient } from "@aws-sdk/client-glue";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SQSClient } from "@aws-sdk/client-sqs";
import { Names } from "../accounts/model/naming";
import type { LakeAccount } from "../accounts/model/schema";
import { type RolePart, roleEntry, roleSettings } from "./aws";
import { OperationError } from "./exit-codes";
import type { Lake } from "./lake";
import type { Person } from "./person";

/** The services of one lake account, reached by one of its roles. */
export interface LakeClients {
  readonly account: LakeAccount;
  readonly names: Names;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly dynamodb: DynamoDBClient;
  readonly lambda: LambdaClient;
  readonly stepFunctions: SFNClient;
  readonly glue: GlueClient;
}

/** Lends the clients to the work. @param who a person, or a role that has no clearance */
export async function withClients<T>(
  lake: Lake,
  account: LakeAccount,
  who: Person | RolePart,
  work: (clients: LakeClients) => Promise<T>,
): Promise<T> {
  const { organization } = lake.accounts;
  const target = await lake.target();
  const [role, clearance] = typeof who === "string" ? [who] : [who.persona, who.clearance];
  const settings = roleSettings(target, organization, roleEntry(organization, account, role, clearance));
  const names = new Names(organization, account);
  const s3 = new S3Client({ ...settings, forcePathStyle: target.kind === "local" });
  const [sqs, dynamodb] = [new SQSClient(settings), new DynamoDBClient(settings)];
  const [lambda, stepFunctions, glue] = [new LambdaClient(settings), new SFNClient(settings), new GlueClient(settings)];
  try {
    return await work({ account, names, s3, sqs, dynamodb, lambda, stepFunctions, glue });
  } catch (error) {
    throw explain(error, account, role);
  } finally {
    for (const client of [s3, sqs, dynamodb, lambda, stepFunctions, glue]) client.destroy();
  }
}

/** What AWS says when something was never deployed, in words that tell what to do. */
function explain(error: unknown, account: LakeAccount, role: RolePart): unknown {
  const { name, message } = error as Error;
  const absent = [
    "NoSuchBucket",
    "ResourceNotFoundException",
    "QueueDoesNotExist",
    "AWS.SimpleQueueService.NonExistentQueue",
  ];
  const fix = `Deploy it with \`npm run lake -- up\`; \`npm run lake -- doctor\` checks the roles.`;
  if (absent.includes(name))
    return new OperationError(`The lake ${account.name} is not (wholly) deployed: ${message}`, fix);
  if (name === "AccessDenied" && message.includes("sts:AssumeRole")) {
    return new OperationError(`The ${role} role of ${account.name} cannot be used: ${message}`, fix);
  }
  return error;
}
