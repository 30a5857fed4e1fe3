import { ledgerIndex } from "../../contracts/ledger";
import { Intake } from "../../modules/intake/intake";
import { Ledger } from "../../modules/intake/ledger";
import { PLACE, roleArn, synthModule } from "../support/module";
import { isAllowed, type Request } from "../support/policy";
import { alarmsIn, artifact, functionEnvironment, keyIn, MODERN, roleIn, zoneIn } from "./fixtures";

const stack = synthModule((scope) => {
  const alarms = alarmsIn(scope);
  const shared = functionEnvironment(scope);
  new Intake(scope, "intake", {
    shared,
    name: "the-intake",
    ledgerName: "the-ledger",
    quarantineBucketName: "the-quarantine",
    from: zoneIn(scope, "drop", alarms),
    leftAlone: "landing/",
    to: zoneIn(scope, "raw", alarms),
    key: shared.key,
    alarms,
    code: artifact("intake"),
    layer: artifact("duckdb"),
    memoryMb: 2048,
    timeoutSeconds: 60,
    diskMb: 1024,
    concurrency: 3,
    removable: false,
  });
});
const LEDGER = "arn:aws:dynamodb:eu-west-1:111111111111:table/the-ledger";

describe("the intake", () => {
  const can = (action: string, resource: string, context: Request["context"] = {}) =>
    isAllowed(
      { caller: { arn: roleArn("the-intake") }, action, resource, context: { ...MODERN, ...context } },
      { owner: PLACE.accountId, identity: [stack.policyOf(stack.only("aws_iam_role_policy", "intake"))] },
    );

  test("reads what arrives, and never changes or deletes it", () => {
    const arrived = "arn:aws:s3:::the-drop-bucket/sales/orders/a.csv";
    expect(can("s3:GetObject", arrived)).toBe(true);
    expect(can("s3:GetObjectVersion", arrived)).toBe(true);
    for (const action of ["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"])
      expect(can(action, arrived)).toBe(false);
  });

  test("adds to the next zone and to quarantine, and never reads or deletes there", () => {
    for (const key of [
      "arn:aws:s3:::the-raw-bucket/sales/orders/x.parquet",
      "arn:aws:s3:::the-quarantine/sales/orders/x",
    ]) {
      expect(can("s3:PutObject", key)).toBe(true);
      expect(can("s3:AbortMultipartUpload", key)).toBe(true);
      for (const action of ["s3:GetObject", "s3:DeleteObject", "s3:DeleteObjectVersion"])
        expect(can(action, key)).toBe(false);
    }
  });

  test("writes the ledger and removes nothing from it", () => {
    for (const action of ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"])
      expect(can(action, LEDGER)).toBe(true);
    for (const action of ["dynamodb:DeleteItem", "dynamodb:DeleteTable", "dynamodb:Scan", "dynamodb:BatchWriteItem"]) {
      expect(can(action, LEDGER)).toBe(false);
    }
  });

  test("takes messages of the first zone only", () => {
    expect(can("sqs:ReceiveMessage", "arn:aws:sqs:eu-west-1:111111111111:the-drop")).toBe(true);
    expect(can("sqs:ReceiveMessage", "arn:aws:sqs:eu-west-1:111111111111:the-raw")).toBe(false);
  });

  test("takes one file at a time, so that a file that crashes it costs no other file an attempt", () => {
    expect(stack.only("aws_lambda_event_source_mapping").block).toMatchObject({
      batch_size: 1,
      function_response_types: ["ReportBatchItemFailures"],
    });
  });

  test("is told by names where everything is", () => {
    expect(stack.only("aws_lambda_function").block.environment).toMatchObject({
      variables: {
        LEDGER_TABLE: "the-ledger",
        TARGET_BUCKET: "the-raw-bucket",
        TARGET_ZONE: "raw",
        QUARANTINE_BUCKET: "the-quarantine",
        QUEUE_URL: `\${${stack.only("aws_sqs_queue", "drop_arrivals_queue").address}.url}`,
        MAX_RECEIVE_COUNT: "3",
        LANDING_PREFIX: "landing/",
      },
    });
  });

  test("keeps what it refused under the key of the files that it came in, for a year", () => {
    const key = `\${${stack.only("aws_kms_key", "drop").address}.arn}`;
    expect(
      JSON.stringify(stack.only("aws_s3_bucket_server_side_encryption_configuration", "intake_quarantine").block),
    ).toContain(key);
    const rules = stack.only("aws_s3_bucket_lifecycle_configuration", "intake_quarantine").block.rule;
    expect(JSON.stringify(rules)).toContain('"expiration":[{"days":365}]');
  });

  test("raises an alarm when rows are missing, and when files wait or fail", () => {
    expect(stack.only("aws_cloudwatch_metric_alarm", "intake_unreconciled").block).toMatchObject({
      namespace: "DataLake",
      metric_name: "ReconciliationFailures",
      dimensions: { service: "the-intake" },
      threshold: 0,
      comparison_operator: "GreaterThanThreshold",
    });
    const names = stack.resources("aws_cloudwatch_metric_alarm").map(({ name }) => name.replace(/_[^_]+$/, ""));
    expect(names.sort()).toEqual([
      "drop_arrivals_crowded",
      "drop_arrivals_forgotten",
      "drop_arrivals_old",
      "drop_arrivals_poison",
      "intake_errors",
      "intake_errors-duration",
      "intake_errors-throttles",
      "intake_unreconciled",
      "raw_arrivals_forgotten",
      "raw_arrivals_poison",
    ]);
  });
});

describe("the ledger", () => {
  const ledgers = synthModule((scope) => {
    const ledger = new Ledger(scope, "ledger", { name: "the-ledger", key: keyIn(scope), removable: false });
    ledger.grantRead(roleIn(scope, "reader"));
    new Ledger(scope, "removable", { name: "removable", key: keyIn(scope, "other-key"), removable: true });
  });
  const table = ledgers.only("aws_dynamodb_table", "ledger").block;

  test("can be brought back to any minute, is encrypted with its key and cannot be deleted", () => {
    expect(table).toMatchObject({
      point_in_time_recovery: { enabled: true },
      server_side_encryption: { enabled: true, kms_key_arn: `\${${ledgers.only("aws_kms_key", "key").address}.arn}` },
      deletion_protection_enabled: true,
      lifecycle: { prevent_destroy: true },
    });
    expect(ledgers.only("aws_dynamodb_table", "removable").block).toMatchObject({
      deletion_protection_enabled: false,
      lifecycle: { prevent_destroy: false },
    });
  });

  test("finds an object's entry by key, and a dataset's entries by time", () => {
    expect(table).toMatchObject({ hash_key: "pk", range_key: "sk", billing_mode: "PAY_PER_REQUEST" });
    expect(table.global_secondary_index).toEqual([
      { name: ledgerIndex, hash_key: "dataset_id", range_key: "updated_at", projection_type: "ALL" },
    ]);
    const attributes = (table.attribute as { name: string }[]).map(({ name }) => name);
    expect(attributes.sort()).toEqual(["dataset_id", "pk", "sk", "updated_at"]);
  });

  test("is read with its index by those who may, and changed by none of them", () => {
    const identity = [ledgers.policyOf(ledgers.only("aws_iam_role_policy"))];
    const can = (action: string, resource: string) =>
      isAllowed({ caller: { arn: roleArn("reader") }, action, resource }, { owner: PLACE.accountId, identity });
    expect(can("dynamodb:Query", `${LEDGER}/index/${ledgerIndex}`)).toBe(true);
    expect(can("dynamodb:GetItem", LEDGER)).toBe(true);
    for (const action of ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"])
      expect(can(action, LEDGER)).toBe(false);
  });
});
