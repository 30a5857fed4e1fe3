import { LakeUsers } from "../../modules/identity/lake-users";
import { Ledger } from "../../modules/intake/ledger";
import { Bucket } from "../../modules/storage/bucket";
import { FOREIGN_ACCOUNT, PLACE, roleArn, synthModule } from "../support/module";
import { decide, isAllowed } from "../support/policy";
import { alarmsIn, BOUNDARY, keyIn, MODERN, zoneIn } from "./fixtures";

const stack = synthModule((scope) => {
  const alarms = alarmsIn(scope);
  const zones = ["drop", "raw", "curated"].map((name) => zoneIn(scope, name, alarms));
  const [drop, raw] = zones as [(typeof zones)[number], (typeof zones)[number]];
  const key = keyIn(scope, "operations");
  new LakeUsers(scope, "users", {
    producerName: "producer",
    operatorName: "operator",
    analystName: "analyst",
    explorerName: "explorer",
    trusted: ["arn:aws:iam::222222222222:root"],
    externalId: "external",
    boundaryArn: BOUNDARY,
    arrivals: drop,
    loaded: raw,
    zones,
    quarantine: new Bucket(scope, "quarantine", { name: "the-quarantine", key: drop.key, removable: false }),
    ledger: new Ledger(scope, "ledger", { name: "the-ledger", key, removable: false }),
  });
});

const can = (role: "producer" | "operator", action: string, resource: string) =>
  isAllowed(
    { caller: { arn: roleArn(role) }, action, resource, context: MODERN },
    { owner: PLACE.accountId, identity: [stack.policyOf(stack.only("aws_iam_role_policy", `users_${role}`))] },
  );
const objects = (bucket: string) => `arn:aws:s3:::${bucket}/any`;
const queue = (name: string) => `arn:aws:sqs:eu-west-1:111111111111:${name}`;
const LEDGER = "arn:aws:dynamodb:eu-west-1:111111111111:table/the-ledger";

describe("a producer", () => {
  test("puts files where they arrive and sees what became of them", () => {
    expect(can("producer", "s3:PutObject", objects("the-drop-bucket"))).toBe(true);
    expect(can("producer", "dynamodb:Query", LEDGER)).toBe(true);
  });

  test("reaches no other zone, deletes nothing and receives nothing", () => {
    for (const bucket of ["the-raw-bucket", "the-curated-bucket", "the-quarantine"]) {
      for (const action of ["s3:GetObject", "s3:PutObject", "s3:ListBucket"])
        expect(can("producer", action, objects(bucket))).toBe(false);
    }
    for (const action of ["s3:DeleteObject", "s3:DeleteObjectVersion"])
      expect(can("producer", action, objects("the-drop-bucket"))).toBe(false);
    expect(can("producer", "sqs:ReceiveMessage", queue("the-drop"))).toBe(false);
    expect(can("producer", "dynamodb:PutItem", LEDGER)).toBe(false);
  });
});

describe("an operator", () => {
  test("reads quarantine, the ledger and what was loaded", () => {
    for (const bucket of ["the-quarantine", "the-raw-bucket"])
      expect(can("operator", "s3:GetObject", objects(bucket))).toBe(true);
    expect(can("operator", "dynamodb:Query", LEDGER)).toBe(true);
  });

  test("redrives the dead letters of every zone", () => {
    for (const name of ["the-drop", "the-raw", "the-curated"]) {
      expect(can("operator", "sqs:StartMessageMoveTask", queue(`${name}-dlq`))).toBe(true);
    }
  });

  test("writes and deletes no data, no record and no queue", () => {
    for (const bucket of ["the-drop-bucket", "the-raw-bucket", "the-curated-bucket", "the-quarantine"]) {
      for (const action of ["s3:PutObject", "s3:DeleteObject"])
        expect(can("operator", action, objects(bucket))).toBe(false);
    }
    for (const action of ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"])
      expect(can("operator", action, LEDGER)).toBe(false);
    for (const action of ["sqs:PurgeQueue", "sqs:DeleteQueue", "sqs:SetQueueAttributes"])
      expect(can("operator", action, queue("the-drop"))).toBe(false);
  });
});

test("both roles are assumed by the organization with the external id only, and are bounded", () => {
  for (const role of stack.resources("aws_iam_role")) {
    const assume = (arn: string, externalId?: string) =>
      decide(stack.policyOf(role), "trust", {
        caller: { arn },
        action: "sts:AssumeRole",
        resource: "*",
        context: externalId === undefined ? {} : { "sts:ExternalId": externalId },
      });
    expect(assume(roleArn("person", "222222222222"), "external")).toBe("account");
    expect(assume(roleArn("person", "222222222222"))).toBe("none");
    expect(assume(roleArn("person", FOREIGN_ACCOUNT), "external")).toBe("none");
    expect(role.block.permissions_boundary).toBe(BOUNDARY);
  }
});
