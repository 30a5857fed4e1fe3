import { loadContracts } from "../../contracts";
import { lake } from "../accounts/fixtures";
import { isAllowed, listOf, type Policy, type Request } from "../support/policy";
import type { Block, Resource, Stack } from "../support/stack";
import { ROOT } from "../support/synthesis";
import { CHECKS } from "./checks";
import { lakeOf } from "./lake-of";
import { dataset, networkOfSources, sourceOf, sources } from "./sources";

const ACCOUNT = lake.id;
const REGION = lake.region;
const [, other] = loadContracts(ROOT).map(({ id }) => id) as [string, string];

const stack = lakeOf({ network: networkOfSources, noticeEmails: ["team@example.com"] }, { sources });

const ofIngestion = (of: Stack) =>
  of
    .resources()
    .filter(({ name }) => /^(ingestion_|notices_|spark_)/.test(name) || /authorities|script-ingest/.test(name));

describe("a lake without sources", () => {
  test.each([
    ["none", []],
    [
      "those of a database that the account lacks",
      [sourceOf("emr", { connection: { engine: "postgresql", host: "managed", port: 5432, database: "a" } })],
    ],
  ])("has nothing of ingestion: %s", (_, none) => {
    const bare = lakeOf({}, { sources: none });
    expect(ofIngestion(bare).map(({ address }) => address)).toEqual([]);
    const rules = bare.only("aws_s3_bucket_lifecycle_configuration", "zones_raw").block.rule as Block[];
    expect(rules.map(({ id }) => id)).not.toContain("expire-staging");
  });
});

describe("a lake with sources", () => {
  test.each([...CHECKS])("keeps the rule %s", (_, check) => {
    expect(check.find(stack)).toEqual([]);
  });

  test("writes down each source and its tables as they are, with a bound on what is read at once", () => {
    const items = stack
      .resources("aws_dynamodb_table_item")
      .map(
        ({ block }) => JSON.parse(String(block.item).replace(/([$%])\1\{/g, "$1{")) as Record<string, { S: string }>,
      );
    expect(items.map(({ pk, sk }) => [pk?.S, sk?.S])).toEqual(
      expect.arrayContaining([
        ["sources", "sales/by_emr"],
        ["source#sales/by_emr", "source"],
        ["source#sales/by_emr", "table#the orders"],
      ]),
    );
    const definition = JSON.parse(
      items.find(({ pk, sk }) => pk?.S === "source#sales/by_glue" && sk?.S === "source")?.definition?.S ?? "",
    );
    const { tables: _, ...written } = sourceOf("glue", { concurrency: 4 });
    expect(definition).toEqual(written);
    for (const { block } of stack.resources("aws_dynamodb_table_item")) {
      expect([block.hash_key, block.range_key]).toEqual(["pk", "sk"]);
      // What people wrote is no reference of Terraform's.
      expect(String(block.item)).not.toMatch(/(?<![$%])[$%]\{(of|percent)/);
    }
  });

  test("keeps its table, and drops of it what has expired", () => {
    expect(stack.only("aws_dynamodb_table", "ingestion").block).toMatchObject({
      name: "lake-prod-ingestion",
      ttl: { attribute_name: "expires_at", enabled: true },
      global_secondary_index: [{ name: "by_cluster", hash_key: "cluster_id", range_key: "started_at" }],
      attribute: ["pk", "sk", "cluster_id", "started_at"].map((name) => ({ name, type: "S" })),
    });
  });

  test("has a machine for each compute that is used, and only for these", () => {
    const names = (of: Stack) => of.resources("aws_sfn_state_machine").map(({ block }) => block.name);
    expect(names(stack)).toEqual(
      expect.arrayContaining(["lake-prod-ingest-emr", "lake-prod-ingest-emr-serverless", "lake-prod-ingest-glue"]),
    );
    const one = lakeOf({ network: networkOfSources }, { sources: [sourceOf("glue")] });
    expect(names(one)).not.toContain("lake-prod-ingest-emr");
    expect(one.resources("aws_emr_security_configuration")).toEqual([]);
    expect(one.resources("aws_emrserverless_application")).toEqual([]);
  });

  test("starts sources by their schedules, and sweeps", () => {
    const schedules = stack
      .resources("aws_scheduler_schedule")
      .filter(({ name }) => name.startsWith("ingestion_"))
      .map(({ block }) => [
        block.name,
        block.schedule_expression,
        block.schedule_expression_timezone,
        (block.target as Block).input,
      ]);
    expect(schedules).toContainEqual([
      "ingest-sales-by-emr",
      "cron(15 * * * ? *)",
      "Europe/Berlin",
      '{"action":"run","source":"sales/by_emr"}',
    ]);
    expect(schedules).toContainEqual(["ingest-sweep", "rate(15 minutes)", "UTC", '{"action":"sweep"}']);
  });

  test("tells its function all that it has to know", () => {
    const { environment } = stack.only("aws_lambda_function", "ingestion").block;
    expect((environment as Block).variables).toMatchObject({
      INGESTION_TABLE: expect.stringContaining("aws_dynamodb_table.ingestion"),
      STATE_MACHINES: JSON.stringify(
        Object.fromEntries(
          ["emr", "emr-serverless", "glue"].map((kind) => [
            kind,
            `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:lake-prod-ingest-${kind}`,
          ]),
        ),
      ),
      LEASE_SECONDS: "43200",
      CLUSTER_PREFIX: "lake-prod-ingest-",
      MAX_CLUSTER_HOURS: "13",
    });
    expect(JSON.stringify(environment)).not.toContain("HISTORY_DAYS");
  });

  test("lets what is staged go after a week, with its old versions", () => {
    const rules = stack.only("aws_s3_bucket_lifecycle_configuration", "zones_raw").block.rule as Block[];
    expect(rules).toContainEqual({
      id: "expire-staging",
      status: "Enabled",
      filter: [{ prefix: "_staging/" }],
      expiration: [{ days: 7 }],
      noncurrent_version_expiration: [{ noncurrent_days: 7 }],
    });
  });

  test("tells whom the account names how runs went", () => {
    expect(stack.only("aws_sns_topic_subscription", "notices").block.endpoint).toBe("team@example.com");
  });

  test("raises an alarm for runs that failed, took too long, or were ended by somebody", () => {
    const alarms = stack.resources("aws_cloudwatch_metric_alarm").map(({ block }) => block.alarm_name);
    for (const end of ["failed", "timed-out", "aborted"]) expect(alarms).toContain(`lake-prod-ingest-emr-runs-${end}`);
    expect(alarms).toContain("lake-prod-ingest-errors");
    expect(alarms).toContain("lake-prod-ingest-schedules-dropped");
  });
});

describe("a lake with a database of its own", () => {
  const connection = { engine: "postgresql", host: "managed", port: 5432, database: "sales" } as const;
  const own = lakeOf({ network: networkOfSources, database: {} }, { sources: [sourceOf("emr", { connection })] });

  test("fills in host, port and secret of its reader", () => {
    const [item] = own
      .resources("aws_dynamodb_table_item")
      .filter(({ name }) => name.includes("source-"))
      .map(({ block }) => String(block.item));
    const cluster = own.only("aws_rds_cluster", "database").address;
    const secret = own.only("aws_secretsmanager_secret", "database_reader").address;
    const text = (JSON.parse(item ?? "") as { definition: { S: string } }).definition.S;
    // The port stands where a number stands.
    expect(text).toContain(`"host":"\${${cluster}.endpoint}","port":\${${cluster}.port},"database":"sales"`);
    expect(text).toContain(`"secret":"secretsmanager:\${${secret}.arn}"`);
  });

  test("lets its jobs read that secret and no other", () => {
    const role = own.resources("aws_iam_role").find(({ block }) => block.name === "lake-prod-ingest-emr-machines");
    const { block } = own.pointingAt("aws_iam_role_policy", "role", role as Resource) as Resource;
    const statements = (JSON.parse(String(block.policy)) as Policy).Statement;
    const secrets = statements.filter(({ Action = [] }) =>
      listOf(Action).some((action) => action.startsWith("secretsmanager:")),
    );
    expect(secrets).toMatchObject([
      {
        Action: ["secretsmanager:GetSecretValue"],
        Resource: `\${${own.only("aws_secretsmanager_secret", "database_reader").address}.arn}`,
      },
    ]);
  });
});

describe("a lake of two zones", () => {
  test("reads databases as well, with what its jobs need", () => {
    const two = lakeOf({ network: networkOfSources, zones: [{ name: "drop" }, { name: "raw" }] }, { sources });
    expect(two.resources("aws_glue_job").map(({ block }) => block.name)).toEqual(["lake-prod-ingest-job"]);
    expect([...CHECKS].flatMap(([name, check]) => check.find(two).map((text) => `${name}: ${text}`))).toEqual([
      // Without tables there is no catalog to encrypt.
    ]);
  });
});

describe("encryption of clusters", () => {
  const { block } = stack.only("aws_emr_security_configuration");
  const { EncryptionConfiguration: encryption, InstanceMetadataServiceConfiguration: metadata } = JSON.parse(
    stack.resolve(String(block.configuration)),
  );
  const keyOf = (name: string) => stack.resolve(`\${${stack.only("aws_kms_key", name).address}.arn}`);

  test("is on for files, each with the key that its bucket takes, and for disks", () => {
    const { S3EncryptionConfiguration: s3, LocalDiskEncryptionConfiguration: disk } =
      encryption.AtRestEncryptionConfiguration;
    expect(encryption.EnableAtRestEncryption).toBe(true);
    expect(s3).toEqual({
      EncryptionMode: "SSE-KMS",
      AwsKmsKey: keyOf("operations-key"),
      EncryptionKeyOverrides: [
        { BucketName: `lake-prod-raw-${ACCOUNT}-${REGION}`, EncryptionMode: "SSE-KMS", AwsKmsKey: keyOf("zones_raw") },
      ],
    });
    expect(disk).toEqual({
      EncryptionKeyProviderType: "AwsKms",
      AwsKmsKey: keyOf("operations-key"),
      EnableEbsEncryption: true,
    });
  });

  test("comes with metadata of the second version only", () => {
    expect(metadata).toEqual({ MinimumInstanceMetadataServiceVersion: 2, HttpPutResponseHopLimit: 1 });
  });
});

function identityOf(role: string): Policy {
  const found = stack.resources("aws_iam_role").find(({ block }) => block.name === `lake-prod-${role}`) as Resource;
  return stack.policyOf(stack.pointingAt("aws_iam_role_policy", "role", found) as Resource);
}

function can(
  role: string,
  action: string,
  resource: string,
  context: Request["context"] = {},
  identity = identityOf(role),
): boolean {
  const caller = { arn: `arn:aws:iam::${ACCOUNT}:role/lake-prod-${role}` };
  return isAllowed({ caller, action, resource, context }, { owner: ACCOUNT, identity: [identity] });
}

const bucket = (name: string) => `arn:aws:s3:::lake-prod-${name}-${ACCOUNT}-${REGION}`;
const table = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/lake-prod-ingestion`;
const secret = (name: string) => `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${name}`;
const keys = (...partitions: string[]) => ({ "dynamodb:LeadingKeys": partitions });

const TAGGED = { "s3:RequestObjectTag/classification": "confidential" };
const MISTAGGED = { "s3:RequestObjectTag/classification": "public" };

const JOBS = [
  ["ingest-emr-machines", "sales/by_emr"],
  ["ingest-serverless-jobs", "sales/by_emr_serverless"],
  ["ingest-job", "sales/by_glue"],
] as const;

describe.each(JOBS)("the role %s of jobs that read %s", (role, source) => {
  test.each([
    ["dynamodb:GetItem", table, keys(`source#${source}`)],
    ["dynamodb:Query", table, keys(`source#${source}`)],
    ["dynamodb:UpdateItem", table, keys(`state#${source}/the orders`)],
    ["dynamodb:ConditionCheckItem", table, keys(`state#${source}/the orders`)],
    ["dynamodb:DeleteItem", table, keys(`state#${source}/the orders`)],
    ["dynamodb:PutItem", table, keys(`history#${source}/the orders`)],
    ["s3:PutObject", `${bucket("raw")}/_staging/${source}/x/7/data/1.parquet`, {}],
    ["s3:GetObject", `${bucket("raw")}/_staging/${source}/x/7/manifest.json`, {}],
    ["s3:DeleteObject", `${bucket("raw")}/_staging/${source}/x/7/data/1.parquet`, {}],
    ["s3:PutObject", `${bucket("raw")}/_staging_$folder$`, {}],
    ["s3:PutObject", `${bucket("raw")}/${dataset}/ingest_date=2026-01-01/a-00000.parquet`, {}],
    ["s3:PutObjectTagging", `${bucket("raw")}/${dataset}/ingest_date=2026-01-01/a-00000.parquet`, TAGGED],
    ["s3:PutObject", `${bucket("raw")}/${dataset}/ingest_date=2026-01-01/a-00000.parquet`, TAGGED],
    ["s3:GetObject", `${bucket("raw")}/${dataset}/ingest_date=2026-01-01/a-00000.parquet`, {}],
    ["s3:ListBucket", bucket("raw"), { "s3:prefix": `_staging/${source}/` }],
    ["s3:ListBucket", bucket("raw"), {}],
    ["s3:GetObject", `${bucket("artifacts")}/spark/library/a.zip`, {}],
  ])("may %s on %s", (action, resource, context) => {
    expect(can(role, action, resource, context)).toBe(true);
  });

  test.each([
    ["dynamodb:PutItem", table, keys(`source#${source}`)],
    ["dynamodb:UpdateItem", table, keys("sources")],
    ["dynamodb:GetItem", table, keys("source#sales/other")],
    ["dynamodb:UpdateItem", table, keys("state#sales/other/the orders")],
    ["dynamodb:UpdateItem", table, keys(`state#${source}/the orders`, "state#sales/other/the orders")],
    ["dynamodb:UpdateItem", table, keys(`state#${source}_too/the orders`)],
    ["dynamodb:Scan", table, {}],
    ["dynamodb:GetItem", table.replace("ingestion", "ledger"), keys(`source#${source}`)],
    ["s3:PutObjectTagging", `${bucket("raw")}/${dataset}/ingest_date=2026-01-01/a-00000.parquet`, {}],
    ["s3:PutObject", `${bucket("raw")}/${dataset}/ingest_date=2026-01-01/a-00000.parquet`, MISTAGGED],
    ["s3:PutObjectTagging", `${bucket("raw")}/${dataset}/ingest_date=2026-01-01/a-00000.parquet`, MISTAGGED],
    ["s3:PutObject", `${bucket("raw")}/${other}/ingest_date=2026-01-01/a.parquet`, {}],
    ["s3:GetObject", `${bucket("raw")}/${other}/ingest_date=2026-01-01/a.parquet`, {}],
    ["s3:DeleteObject", `${bucket("raw")}/${dataset}/ingest_date=2026-01-01/a-00000.parquet`, {}],
    ["s3:DeleteObjectVersion", `${bucket("raw")}/_staging/${source}/x/7/data/1.parquet`, {}],
    ["s3:ListBucket", bucket("raw"), { "s3:prefix": `${other}/` }],
    ["s3:ListBucket", bucket("refined"), {}],
    ["s3:GetObject", `${bucket("drop")}/a.csv`, {}],
    ["s3:PutObject", `${bucket("drop")}/a.csv`, {}],
    ["s3:GetObject", `${bucket("refined")}/masked/${dataset}/data/1.parquet`, {}],
    ["s3:PutObject", `${bucket("curated")}/marts/x`, {}],
    ["s3:PutObject", `${bucket("artifacts")}/spark/library/a.zip`, {}],
    ["s3:GetObject", `${bucket("artifacts")}/functions/intake.zip`, {}],
    ["secretsmanager:GetSecretValue", secret("other-reader-AbCdEf"), {}],
    ["secretsmanager:PutSecretValue", secret("sales-reader-AbCdEf"), {}],
    ["ssm:GetParameter", `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/sales/writer`, {}],
    ["ssm:PutParameter", `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/sales/reader`, {}],
    ["ec2:RunInstances", `arn:aws:ec2:${REGION}:${ACCOUNT}:instance/i-1`, {}],
    ["iam:PassRole", `arn:aws:iam::${ACCOUNT}:role/lake-prod-ingest-emr-machines`, {}],
    ["elasticmapreduce:AddJobFlowSteps", `arn:aws:elasticmapreduce:${REGION}:${ACCOUNT}:cluster/j-1`, {}],
    ["states:StartExecution", `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:lake-prod-ingest-emr`, {}],
  ])("may not %s on %s, %j", (action, resource, context) => {
    expect(can(role, action, resource, context)).toBe(false);
  });

  test("may read the password of its own database, and nobody else's", () => {
    const own = source.endsWith("glue");
    const read = ["ssm:GetParameter", `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/sales/reader`] as const;
    expect(can(role, ...read)).toBe(own);
    expect(can(role, "secretsmanager:GetSecretValue", secret("sales-reader-AbCdEf"))).toBe(!own);
    expect(can(role, "secretsmanager:GetSecretValue", secret("sales-reader-two-AbCdEf"))).toBe(false);
  });

  test("would fail the test with rights to everything: the test is awake", () => {
    const all: Policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
    expect(can(role, "s3:GetObject", `${bucket("drop")}/a.csv`, {}, all)).toBe(true);
  });

  test("opens the key of the raw zone through S3 and that of the table through DynamoDB, and no other zone's", () => {
    const opens = (key: string, service: string, action = "kms:Decrypt") => {
      const found = stack.only("aws_kms_key", key);
      const arn = stack.resolve(`\${${found.address}.arn}`);
      const caller = { arn: `arn:aws:iam::${ACCOUNT}:role/lake-prod-${role}` };
      const context = { "kms:ViaService": `${service}.${REGION}.amazonaws.com` };
      return isAllowed(
        { caller, action, resource: arn, context },
        { owner: ACCOUNT, identity: [identityOf(role)], resource: stack.policyOf(found) },
      );
    };
    expect(opens("zones_raw", "s3")).toBe(true);
    expect(opens("zones_raw", "s3", "kms:GenerateDataKey")).toBe(true);
    expect(opens("operations-key", "dynamodb")).toBe(true);
    for (const zone of ["drop", "refined", "curated"]) expect(opens(`zones_${zone}`, "s3")).toBe(false);
    expect(opens("zones_raw", "glue")).toBe(false);
  });
});

describe("the role of EMR itself", () => {
  const role = "ingest-emr-service";
  const tag = "for-use-with-amazon-emr-managed-policies";
  const ec2 = (resource: string) => `arn:aws:ec2:${REGION}:${ACCOUNT}:${resource}`;
  const [subnet] = stack.resources("aws_subnet").filter(({ name }) => name.startsWith("network_private-"));
  const [data] = stack.resources("aws_subnet").filter(({ name }) => name.startsWith("network_data-"));
  const idOf = (of: Resource | undefined) => stack.resolve(`\${${of?.address}.id}`);

  test.each([
    ["ec2:RunInstances", ec2(`subnet/${idOf(subnet)}`), {}],
    ["ec2:RunInstances", ec2("instance/*"), { [`aws:RequestTag/${tag}`]: "true" }],
    ["ec2:TerminateInstances", ec2("instance/i-1"), { [`aws:ResourceTag/${tag}`]: "true" }],
    [
      "iam:PassRole",
      `arn:aws:iam::${ACCOUNT}:role/lake-prod-ingest-emr-machines`,
      { "iam:PassedToService": "ec2.amazonaws.com" },
    ],
  ])("may %s on %s", (action, resource, context) => {
    expect(can(role, action, resource, context)).toBe(true);
  });

  test.each([
    ["ec2:RunInstances", ec2(`subnet/${idOf(data)}`), {}],
    ["ec2:RunInstances", ec2("instance/*"), {}],
    ["ec2:RunInstances", ec2("key-pair/mine"), {}],
    ["ec2:TerminateInstances", ec2("instance/i-1"), {}],
    ["ec2:CreateNetworkInterface", ec2("security-group/sg-other"), {}],
    ["ec2:AuthorizeSecurityGroupIngress", ec2("security-group/sg-other"), {}],
    ["iam:PassRole", `arn:aws:iam::${ACCOUNT}:role/lake-prod-deploy`, { "iam:PassedToService": "ec2.amazonaws.com" }],
    ["iam:CreateServiceLinkedRole", `arn:aws:iam::${ACCOUNT}:role/aws-service-role/rds.amazonaws.com/x`, {}],
    ["s3:GetObject", `${bucket("raw")}/${dataset}/a.parquet`, {}],
  ])("may not %s on %s, %j", (action, resource, context) => {
    expect(can(role, action, resource, context)).toBe(false);
  });

  test("is taken by EMR for this account only, and that of the machines by EC2 alone", () => {
    const trust = (name: string) =>
      JSON.parse(
        String(
          stack.resources("aws_iam_role").find(({ block }) => block.name === `lake-prod-${name}`)?.block
            .assume_role_policy,
        ),
      ).Statement;
    expect(trust(role)).toMatchObject([
      {
        Principal: { Service: "elasticmapreduce.amazonaws.com" },
        Condition: { StringEquals: { "aws:SourceAccount": ACCOUNT } },
      },
    ]);
    expect(trust("ingest-emr-machines")).toMatchObject([{ Principal: { Service: "ec2.amazonaws.com" } }]);
  });
});

describe("the state machine of clusters", () => {
  const role = "ingest-emr";
  const cluster = `arn:aws:elasticmapreduce:${REGION}:${ACCOUNT}:cluster/j-1`;
  const marked = { "elasticmapreduce:ResourceTag/ingestion": "lake-prod-ingest-" };
  const pass = (name: string, service: string) =>
    can(role, "iam:PassRole", `arn:aws:iam::${ACCOUNT}:role/lake-prod-${name}`, { "iam:PassedToService": service });

  test("makes clusters that carry their mark, and touches no others", () => {
    const asked = { "elasticmapreduce:RequestTag/ingestion": "lake-prod-ingest-" };
    expect(can(role, "elasticmapreduce:RunJobFlow", "*", asked)).toBe(true);
    expect(can(role, "elasticmapreduce:RunJobFlow", "*")).toBe(false);
    for (const action of ["AddJobFlowSteps", "DescribeStep", "TerminateJobFlows"]) {
      expect(can(role, `elasticmapreduce:${action}`, cluster, marked)).toBe(true);
      expect(can(role, `elasticmapreduce:${action}`, cluster)).toBe(false);
    }
  });

  test("gives EMR and machines their roles, and nothing else any", () => {
    expect(pass("ingest-emr-service", "elasticmapreduce.amazonaws.com")).toBe(true);
    expect(pass("ingest-emr-machines", "ec2.amazonaws.com")).toBe(true);
    expect(pass("ingest-emr-machines", "lambda.amazonaws.com")).toBe(false);
    expect(pass("deploy", "ec2.amazonaws.com")).toBe(false);
  });
});

describe("the function of ingestion", () => {
  const role = "ingest";
  const machine = (name: string) => `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:lake-prod-${name}`;
  const marked = { "elasticmapreduce:ResourceTag/ingestion": "lake-prod-ingest-" };
  const cluster = `arn:aws:elasticmapreduce:${REGION}:${ACCOUNT}:cluster/j-1`;

  test("starts its machines and no others, and ends clusters of ours and no others", () => {
    expect(can(role, "states:StartExecution", machine("ingest-emr"))).toBe(true);
    expect(
      can(role, "states:DescribeExecution", `${machine("ingest-emr").replace("stateMachine", "execution")}:x`),
    ).toBe(true);
    expect(can(role, "states:StartExecution", machine("refine"))).toBe(false);
    expect(can(role, "elasticmapreduce:TerminateJobFlows", cluster, marked)).toBe(true);
    expect(can(role, "elasticmapreduce:TerminateJobFlows", cluster)).toBe(false);
  });

  test("changes everything in its table but definitions", () => {
    for (const partition of ["state#a/b/c", "history#a/b/c", "sources"]) {
      expect(can(role, "dynamodb:PutItem", table, keys(partition))).toBe(true);
    }
    expect(can(role, "dynamodb:GetItem", table, keys("source#a/b"))).toBe(true);
    expect(can(role, "dynamodb:PutItem", table, keys("source#a/b"))).toBe(false);
    expect(can(role, "dynamodb:DeleteItem", table, keys("source#a/b"))).toBe(false);
  });

  test("has no way to secrets or to data", () => {
    const actions = identityOf(role).Statement.flatMap(({ Action = [] }) => listOf(Action));
    expect(actions.filter((action) => /^(s3|secretsmanager|ssm):/.test(action))).toEqual([]);
  });
});

describe("an engineer of a lake", () => {
  test("has tables read, and sees what became of it", () => {
    expect(
      can("data-engineer", "lambda:InvokeFunction", `arn:aws:lambda:${REGION}:${ACCOUNT}:function:lake-prod-ingest`),
    ).toBe(true);
    expect(can("data-engineer", "dynamodb:Query", `${table}/index/by_cluster`)).toBe(true);
    expect(
      can(
        "data-engineer",
        "states:GetExecutionHistory",
        `arn:aws:states:${REGION}:${ACCOUNT}:execution:lake-prod-ingest-emr:x`,
      ),
    ).toBe(true);
    expect(can("data-engineer", "s3:GetObject", `${bucket("artifacts")}/emr/j-1/steps/s-1/stderr.gz`)).toBe(true);
    expect(can("data-engineer", "dynamodb:PutItem", table, keys("state#a/b/c"))).toBe(false);
    expect(can("data-engineer", "s3:GetObject", `${bucket("artifacts")}/spark/library/a.zip`)).toBe(false);
  });
});
