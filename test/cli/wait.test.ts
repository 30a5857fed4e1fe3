import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { GlueClient } from "@aws-sdk/client-glue";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { SFNClient } from "@aws-sdk/client-sfn";
import {
  ChangeMessageVisibilityCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { marshall } from "@aws-sdk/util-dynamodb";
import { mockClient } from "aws-sdk-client-mock";
import { loadAccounts } from "../../accounts/model/load";
import { Names } from "../../accounts/model/naming";
import type { LakeClients } from "../../cli/lake-clients";
import { objectsOf } from "../../cli/queues";
import { waitForOutcomes } from "../../cli/upload/wait";
import { recordingStep } from "./support";

const { lakes, organization } = loadAccounts();
const account = lakes[0];
if (account === undefined) throw new Error("there is no lake");
const clients: LakeClients = {
  account,
  names: new Names(organization, account),
  s3: new S3Client({}),
  sqs: new SQSClient({}),
  dynamodb: new DynamoDBClient({}),
  lambda: new LambdaClient({}),
  stepFunctions: new SFNClient({}),
  glue: new GlueClient({}),
};
const ledger = mockClient(DynamoDBClient);
const queues = mockClient(SQSClient);

const object = { bucket: "b", key: "sales/orders/São Paulo +1.csv", versionId: "v1" };
const notification = JSON.stringify({
  Records: [
    { s3: { bucket: { name: "b" }, object: { key: "sales/orders/S%C3%A3o+Paulo+%2B1.csv", versionId: "v1" } } },
  ],
});
const entry = (status: string) => ({ Item: marshall({ pk: "s3://b/k", sk: "v1", status, reason: "because" }) });
const wait = (timeoutMs = 5000) =>
  waitForOutcomes(clients, [object], { zone: "drop", timeoutMs, pollMs: 1 }, recordingStep());

beforeEach(() => {
  ledger.reset();
  queues.reset();
  queues.on(GetQueueUrlCommand).resolves({ QueueUrl: "http://queue" });
  queues.on(GetQueueAttributesCommand).resolves({ Attributes: { ApproximateNumberOfMessages: "1" } });
});

test("waits until the ledger's entry is final", async () => {
  ledger
    .on(GetItemCommand)
    .resolvesOnce({})
    .resolvesOnce(entry("processing"))
    .resolvesOnce(entry("failed"))
    .resolves(entry("loaded"));
  expect(await wait()).toMatchObject([{ state: "loaded" }]);
});

test("asks for the object's own version, under the key as it is", async () => {
  ledger.on(GetItemCommand).resolves(entry("quarantined"));
  await wait();
  expect(ledger.commandCalls(GetItemCommand)[0]?.args[0].input).toMatchObject({
    TableName: "lake-prod-ledger",
    Key: { pk: { S: "s3://b/sales/orders/São Paulo +1.csv" }, sk: { S: "v1" } },
  });
});

test("an object whose event is among the dead letters has failed for good, and stays there", async () => {
  ledger.on(GetItemCommand).resolves(entry("failed"));
  queues
    .on(ReceiveMessageCommand)
    .resolvesOnce({
      Messages: [
        { Body: "not even JSON", ReceiptHandle: "r1" },
        { Body: notification, ReceiptHandle: "r2" },
      ],
    })
    .resolves({});
  queues.on(ChangeMessageVisibilityCommand).resolves({});
  expect(await wait()).toMatchObject([{ state: "dead", entry: { reason: "because" } }]);
  const released = queues.commandCalls(ChangeMessageVisibilityCommand).map(({ args }) => args[0].input);
  expect(released).toMatchObject([
    { ReceiptHandle: "r1", VisibilityTimeout: 0 },
    { ReceiptHandle: "r2", VisibilityTimeout: 0 },
  ]);
});

test("another version's dead letter is not this one's", async () => {
  ledger.on(GetItemCommand).resolves(entry("processing"));
  queues
    .on(ReceiveMessageCommand)
    .resolvesOnce({ Messages: [{ Body: notification.replace('"v1"', '"v2"'), ReceiptHandle: "r" }] })
    .resolves({});
  queues.on(ChangeMessageVisibilityCommand).resolves({});
  expect(await wait(50)).toMatchObject([{ state: "pending" }]);
});

test("what is still open when the time is up is pending", async () => {
  ledger.on(GetItemCommand).resolves({});
  queues.on(ReceiveMessageCommand).resolves({});
  expect(await wait(0)).toEqual([{ state: "pending" }]);
});

test("keys in notifications are decoded; test events name no object", () => {
  expect(objectsOf(notification)).toEqual([object]);
  expect(objectsOf('{"Service":"Amazon S3","Event":"s3:TestEvent"}')).toEqual([]);
});
