import type { TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { LandingCrawler } from "../../modules/catalog/landing-crawler";
import { LakeUsers } from "../../modules/identity/lake-users";
import { Ledger } from "../../modules/intake/ledger";
import { Analytics } from "../../modules/query/analytics";
import { SparkEnvironment } from "../../modules/spark/spark-environment";
import { Bucket } from "../../modules/storage/bucket";
import type { Zone } from "../../modules/storage/zone";
import { FOREIGN_ACCOUNT, PLACE, roleArn, synthModule } from "../support/module";
import { decide, isAllowed, type Request } from "../support/policy";
import { alarmsIn, artifact, BOUNDARY, functionEnvironment, keyIn, MODERN, zoneIn } from "./fixtures";

function make(scope: TerraformStack, isLanding: boolean): void {
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
    analytics: askAbout(raw, "analysts", "refined_sales", "masked/"),
    landing: isLanding
      ? { crawler: crawlerOf(drop), analytics: askAbout(drop, "landing", "landing", "landing/") }
      : undefined,
  });

  function askAbout({ bucket }: Zone, name: string, database: string, prefix: string): Analytics {
    return new Analytics(scope, name, {
      place: PLACE,
      workgroupName: name,
      resultsBucketName: `${name}-results`,
      keyAlias: `${name}-results`,
      catalogKey: key,
      keepResultsDays: 1,
      scanLimitGb: 1,
      sources: [{ bucket, prefixes: [prefix], databases: database }],
      queries: [],
      removable: false,
    });
  }

  function crawlerOf(zone: Zone): LandingCrawler {
    const { network: _, ...shared } = functionEnvironment(new Construct(scope, "shared"));
    const code = { library: artifact("library"), jars: [] };
    return new LandingCrawler(scope, "crawler", {
      environment: new SparkEnvironment(scope, "spark", { ...shared, name: "the-spark", jobPrefix: "the-", code }),
      name: "the-crawler",
      zone,
      prefix: "landing/",
      database: { name: "landing", reference: "landing" },
      catalogKey: key,
      schedule: "cron(0 * * * ? *)",
      alarms,
    });
  }
}

const stack = synthModule((scope) => make(scope, true));

const can = (
  role: "producer" | "operator" | "analyst" | "explorer",
  action: string,
  resource: string,
  context: Request["context"] = {},
) =>
  isAllowed(
    { caller: { arn: roleArn(role) }, action, resource, context: { ...MODERN, ...context } },
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

describe("files that no contract declares", () => {
  const undeclared = "arn:aws:s3:::the-drop-bucket/landing/visits/a.csv";
  const glue = (name: string) => `arn:aws:glue:eu-west-1:111111111111:${name}`;
  const ask = (workgroup: string) => `arn:aws:athena:eu-west-1:111111111111:workgroup/${workgroup}`;

  test("are brought by producers like any others", () => {
    expect(can("producer", "s3:PutObject", undeclared)).toBe(true);
    expect(can("producer", "s3:DeleteObject", undeclared)).toBe(false);
    expect(can("producer", "glue:GetTables", glue("database/landing"))).toBe(false);
  });

  test("are read and asked about by explorers, in a workgroup of their own", () => {
    expect(can("explorer", "s3:GetObject", undeclared)).toBe(true);
    expect(can("explorer", "glue:GetTable", glue("table/landing/visits"))).toBe(true);
    expect(can("explorer", "athena:StartQueryExecution", ask("landing"))).toBe(true);
    expect(can("explorer", "s3:GetObject", "arn:aws:s3:::landing-results/any")).toBe(true);
  });

  test("are all that explorers see, and they change none", () => {
    const listed = { "s3:prefix": "sales/" };
    expect(can("explorer", "s3:GetObject", "arn:aws:s3:::the-drop-bucket/sales/orders/a.csv")).toBe(false);
    expect(can("explorer", "s3:ListBucket", "arn:aws:s3:::the-drop-bucket", listed)).toBe(false);
    expect(can("explorer", "s3:GetObject", objects("the-raw-bucket"))).toBe(false);
    expect(can("explorer", "s3:GetObject", objects("analysts-results"))).toBe(false);
    expect(can("explorer", "athena:StartQueryExecution", ask("analysts"))).toBe(false);
    expect(can("explorer", "glue:GetTable", glue("table/refined_sales/orders"))).toBe(false);
    for (const action of ["s3:PutObject", "s3:DeleteObject"]) expect(can("explorer", action, undeclared)).toBe(false);
    for (const action of ["glue:CreateTable", "glue:UpdateTable", "glue:DeleteTable"])
      expect(can("explorer", action, glue("table/landing/visits"))).toBe(false);
    expect(can("explorer", "glue:StartCrawler", glue("crawler/the-crawler"))).toBe(false);
  });

  test("are nothing to analysts: neither files nor tables nor answers", () => {
    expect(can("analyst", "s3:GetObject", undeclared)).toBe(false);
    expect(can("analyst", "glue:GetTable", glue("table/landing/visits"))).toBe(false);
    expect(can("analyst", "glue:GetTables", glue("database/landing"))).toBe(false);
    expect(can("analyst", "athena:GetQueryResults", ask("landing"))).toBe(false);
    expect(can("analyst", "s3:GetObject", objects("landing-results"))).toBe(false);
    expect(can("analyst", "s3:GetObject", objects("analysts-results"))).toBe(true);
  });

  test("are crawled when operators say so, who see the crawls and not the files", () => {
    expect(can("operator", "glue:StartCrawler", glue("crawler/the-crawler"))).toBe(true);
    expect(can("operator", "s3:GetObject", undeclared)).toBe(false);
  });

  test("have no role where there are none", () => {
    const without = synthModule((scope) => make(scope, false));
    expect(without.resources("aws_iam_role").map(({ block }) => block.name)).not.toContain("explorer");
  });
});

test("all roles are assumed by the organization with the external id only, and are bounded", () => {
  const roles = stack.resources("aws_iam_role").filter(({ name }) => name.startsWith("users_"));
  expect(roles).toHaveLength(4);
  for (const role of roles) {
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
