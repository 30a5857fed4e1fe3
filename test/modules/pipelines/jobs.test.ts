import {
  classifications,
  highestClassification,
  isMasked,
  loadContracts,
  loadPipelines,
  type Pipeline,
} from "../../../contracts";
import { MacKey } from "../../../modules/keys/mac-key";
import { CurateJobs, RefineJobs, reportJob } from "../../../modules/pipelines/jobs";
import { SparkEnvironment } from "../../../modules/spark/spark-environment";
import { Bucket } from "../../../modules/storage/bucket";
import { PLACE, roleArn, synthModule } from "../../support/module";
import { isAllowed, type Policy, type Statement } from "../../support/policy";
import type { Resource, Stack } from "../../support/stack";
import { ROOT } from "../../support/synthesis";
import { artifact, functionEnvironment, keyIn, MODERN } from "../fixtures";

const sales = loadContracts(ROOT).filter(({ domain }) => domain === "sales");
/** A second domain, with the same datasets. */
const contracts = [...sales, ...sales.map((contract) => ({ ...contract, domain: "human_resources" }))];
const [mart] = loadPipelines(ROOT, sales) as [Pipeline];
const pipelines = [
  { ...mart, inputs: ["sales/orders", "sales/customers"], clear: [] },
  { ...mart, id: "sales/open", name: "open", inputs: ["sales/orders", "sales/customers"], clear: ["sales/customers"] },
];
const limits = { maxWorkers: 3, timeoutMinutes: 20, flex: true };

const stack = synthModule((scope) => {
  const shared = functionEnvironment(scope);
  const { network: _, ...outside } = shared;
  const environment = new SparkEnvironment(scope, "spark", {
    ...outside,
    name: "the-spark",
    jobPrefix: "the-",
    code: { library: artifact("library"), jars: [] },
  });
  const bucket = (name: string) =>
    new Bucket(scope, name, { name: `the-${name}`, key: keyIn(scope, `${name}-key`), removable: false });
  const [raw, refined, curated] = ["raw", "refined", "curated"].map(bucket) as [Bucket, Bucket, Bucket];
  const masking = new MacKey(scope, "masking", {
    place: PLACE,
    alias: "the-masking",
    description: "Masks",
    removable: false,
  });
  const shape = { environment, script: environment.addScript("any", artifact("script")), limits };
  new RefineJobs(scope, "refine", { ...shape, namePrefix: "the-refine-", contracts, raw, refined, masking });
  new CurateJobs(scope, "curate", { ...shape, namePrefix: "the-curate-", pipelines, refined, curated });
  reportJob(scope, {
    ...shape,
    namePrefix: "the-",
    zones: [
      { bucket: refined, prefixes: ["masked/", "clear/"], databasePattern: "refined_*" },
      { bucket: curated, prefixes: ["marts/"], databasePattern: "curated_*" },
    ],
    databases: ["refined_sales", "curated_sales"],
    report: curated,
  });
});

interface Asked {
  /** Takes the job out of the key's policy. */
  readonly withoutKey?: boolean;
  /** What the request says of the object. @default what it is below that prefix */
  readonly tag?: string | undefined;
}

/** Whether a job may, by its own policy and that of the bucket's key. */
function can(job: string, action: string, bucket: string, key: string, asked: Asked = {}): boolean {
  const { withoutKey = false, tag = tagOf(key) } = asked;
  const policy = identityOf(job);
  const caller = { arn: roleArn(job) };
  const arn = `arn:aws:s3:::the-${bucket}`;
  const allowed = isAllowed(
    {
      caller,
      action,
      resource: action === "s3:ListBucket" ? arn : `${arn}/${key}`,
      context: {
        ...MODERN,
        "s3:prefix": key,
        ...(tag === "" ? {} : { "s3:RequestObjectTag/classification": tag }),
      },
    },
    { owner: PLACE.accountId, identity: [policy], resource: policyOf(stack, "aws_s3_bucket_policy", bucket) },
  );
  if (!allowed || /List|Delete/.test(action)) return allowed;
  const kms = stack.only("aws_kms_key", `${bucket}-key`);
  const keyPolicy = stack.policyOf(kms);
  const without: Policy = {
    ...keyPolicy,
    Statement: keyPolicy.Statement.filter((statement) => !isAbout(statement, job)),
  };
  return isAllowed(
    {
      caller,
      action: action === "s3:PutObject" ? "kms:GenerateDataKey" : "kms:Decrypt",
      resource: stack.resolve(`\${${kms.address}.arn}`),
      context: { "kms:ViaService": "s3.eu-west-1.amazonaws.com" },
    },
    { owner: PLACE.accountId, identity: [policy], resource: withoutKey ? without : keyPolicy },
  );
}

function levelsOf(levels: readonly string[]): string[] {
  return [...new Set(levels)];
}

/** The level of what the tests write: a dataset's own, the unmasked copy's, the mart's, and that of notes on runs. */
function tagOf(key: string): string {
  if (key.startsWith("clear/")) return "confidential";
  return key.startsWith("marts/") ? mart.classification : "proprietary";
}

/** Whether a statement of a key's policy is about a job, by its name or by that of its kind. */
function isAbout({ Principal, Condition }: Statement, job: string): boolean {
  const text = JSON.stringify([Principal, Condition]);
  return [job, `${/^the-[a-z]+-/.exec(job)?.[0]}*`].some((name) => text.includes(`"${roleArn(name)}"`));
}

function identityOf(job: string): Policy {
  const role = stack.resources("aws_iam_role").find(({ block }) => block.name === job) as Resource;
  return stack.policyOf(stack.pointingAt("aws_iam_role_policy", "role", role) as Resource);
}

function policyOf(of: Stack, type: string, name: string): Policy {
  return of.policyOf(of.only(type, `${name}_policy`));
}

const REFINE = "the-refine-sales";
const CURATE = `the-curate-${mart.id.replace(/[/_]/g, "-")}`;
const OPEN = "the-curate-sales-open";

describe("a refine job", () => {
  test.each([
    ["s3:GetObject", "raw", "sales/orders/ingest_date=2026-01-01/a.parquet"],
    ["s3:GetObjectVersion", "raw", "sales/orders/ingest_date=2026-01-01/a.parquet"],
    ["s3:ListBucket", "raw", "sales/orders/"],
    ["s3:GetObject", "refined", "masked/sales/orders/metadata/1.metadata.json"],
    ["s3:PutObject", "refined", "masked/sales/orders/data/1.parquet"],
    ["s3:PutObject", "refined", "clear/sales/customers/data/1.parquet"],
    ["s3:DeleteObject", "refined", "masked/sales/orders/data/1.parquet"],
    ["s3:GetObject", "refined", "_meta/sales/orders/batches/b.json"],
    ["s3:PutObject", "refined", "_meta/sales/orders/runs/b.json"],
  ])("may %s in %s, %s", (action, bucket, key) => {
    expect(can(REFINE, action, bucket, key)).toBe(true);
  });

  test.each([
    ["s3:GetObject", "raw", "human_resources/orders/a.parquet"],
    ["s3:PutObject", "raw", "sales/orders/a.parquet"],
    ["s3:DeleteObject", "raw", "sales/orders/a.parquet"],
    ["s3:GetObject", "refined", "masked/human_resources/orders/data/1.parquet"],
    ["s3:GetObject", "refined", "clear/human_resources/customers/data/1.parquet"],
    ["s3:PutObject", "refined", "_meta/human_resources/orders/runs/b.json"],
    ["s3:DeleteObject", "refined", "_meta/sales/orders/runs/b.json"],
    ["s3:DeleteObjectVersion", "refined", "masked/sales/orders/data/1.parquet"],
    ["s3:ListBucket", "refined", "masked/human_resources/"],
    ["s3:GetObject", "curated", "marts/sales/any/data/1.parquet"],
  ])("may not %s in %s, %s", (action, bucket, key) => {
    expect(can(REFINE, action, bucket, key)).toBe(false);
  });

  test.each(["raw", "refined"])("fails without the key of %s: a right to the bucket alone opens nothing", (bucket) => {
    const key = bucket === "raw" ? "sales/orders/a.parquet" : "masked/sales/orders/data/1.parquet";
    expect(can(REFINE, "s3:GetObject", bucket, key)).toBe(true);
    expect(can(REFINE, "s3:GetObject", bucket, key, { withoutKey: true })).toBe(false);
  });

  test.each([
    ["refined", "masked/sales/orders/data/1.parquet", levelsOf(sales.map(({ classification }) => classification))],
    ["refined", "clear/sales/customers/data/1.parquet", levelsOf(sales.filter(isMasked).map(highestClassification))],
    ["refined", "_meta/sales/orders/runs/b.json", ["proprietary"]],
  ])("tags in %s, %s, as %j and in no other way", (bucket, key, levels) => {
    expect(levels.length).toBeLessThan(classifications.length);
    for (const tag of ["", "public", "proprietary", "confidential", "secret"]) {
      for (const action of ["s3:PutObject", "s3:PutObjectTagging"])
        expect([tag, action, can(REFINE, action, bucket, key, { tag })]).toEqual([tag, action, levels.includes(tag)]);
      const again = !key.startsWith("_meta/") && levels.includes(tag);
      expect([tag, can(REFINE, "s3:PutObjectVersionTagging", bucket, key, { tag })]).toEqual([tag, again]);
    }
    expect(can(REFINE, "s3:DeleteObjectTagging", bucket, key)).toBe(false);
  });

  test("runs as its account says, as often at a time as its domain has datasets, and never again by itself", () => {
    expect(stack.only("aws_glue_job", "refine_sales").block).toMatchObject({
      name: REFINE,
      glue_version: "5.1",
      worker_type: "G.1X",
      number_of_workers: 3,
      timeout: 20,
      execution_class: "FLEX",
      max_retries: 0,
      execution_property: { max_concurrent_runs: sales.length },
      default_arguments: expect.objectContaining({
        "--datalake-formats": "iceberg",
        "--enable-auto-scaling": "true",
        "--conf": expect.stringContaining("spark.sql.catalog.glue_catalog=org.apache.iceberg.spark.SparkCatalog"),
      }),
    });
  });

  test("logs where Glue writes for its role, before it runs", () => {
    const groups = stack.resources("aws_cloudwatch_log_group").filter(({ name }) => name.startsWith("refine_sales_"));
    expect(groups.map(({ block }) => block.name).sort()).toEqual([
      "/aws-glue/jobs/the-spark-role/the-refine-sales/error",
      "/aws-glue/jobs/the-spark-role/the-refine-sales/output",
    ]);
    expect(stack.only("aws_glue_job", "refine_sales").block.depends_on).toEqual(
      expect.arrayContaining(groups.map(({ address }) => address)),
    );
  });
});

describe("a curate job", () => {
  test.each([
    ["s3:GetObject", "refined", "masked/sales/customers/data/1.parquet"],
    ["s3:PutObject", "curated", `marts/${mart.id}/data/1.parquet`],
    ["s3:PutObject", "curated", `_meta/${mart.id}/runs/b.json`],
  ])("may %s in %s, %s", (action, bucket, key) => {
    expect(can(CURATE, action, bucket, key)).toBe(true);
  });

  test.each([
    ["s3:GetObject", "refined", "clear/sales/customers/data/1.parquet"],
    ["s3:GetObject", "refined", "masked/sales/sellers/data/1.parquet"],
    ["s3:PutObject", "refined", "masked/sales/customers/data/1.parquet"],
    ["s3:GetObject", "raw", "sales/orders/a.parquet"],
    ["s3:PutObject", "curated", "marts/sales/open/data/1.parquet"],
  ])("may not %s in %s, %s", (action, bucket, key) => {
    expect(can(CURATE, action, bucket, key)).toBe(false);
  });

  test("reads what is masked elsewhere only where its file says so", () => {
    expect(can(OPEN, "s3:GetObject", "refined", "clear/sales/customers/data/1.parquet")).toBe(true);
    expect(can(OPEN, "s3:GetObject", "refined", "clear/sales/orders/data/1.parquet")).toBe(false);
    expect(can(OPEN, "s3:GetObject", "refined", "masked/sales/orders/data/1.parquet")).toBe(true);
  });
});

describe("the report of the catalog", () => {
  const REPORT = "the-catalogue-report";

  test.each([
    ["s3:GetObject", "refined", "masked/sales/orders/metadata/1.metadata.json"],
    ["s3:GetObject", "refined", "clear/sales/customers/metadata/1.metadata.json"],
    ["s3:GetObject", "curated", "marts/sales/open/metadata/1.metadata.json"],
    ["s3:PutObject", "curated", "_meta/reports/catalogue.md"],
  ])("may %s in %s, %s", (action, bucket, key) => {
    expect(can(REPORT, action, bucket, key)).toBe(true);
  });

  test.each([
    ["s3:GetObject", "refined", "masked/sales/orders/data/1.parquet"],
    ["s3:GetObject", "refined", "masked/sales/orders/metadata/1-m0.avro"],
    ["s3:GetObject", "raw", "sales/orders/a.parquet"],
    ["s3:ListBucket", "raw", "sales/orders/"],
    ["s3:PutObject", "refined", "masked/sales/orders/metadata/1.metadata.json"],
    ["s3:PutObject", "refined", "_meta/reports/catalogue.md"],
    ["s3:PutObject", "curated", "_meta/sales/open/runs/b.json"],
    ["s3:DeleteObject", "curated", "_meta/reports/catalogue.md"],
  ])("may not %s in %s, %s", (action, bucket, key) => {
    expect(can(REPORT, action, bucket, key)).toBe(false);
  });

  test.each([
    ["s3:GetObject", "refined", "masked/sales/orders/metadata/1.metadata.json"],
    ["s3:PutObject", "curated", "_meta/reports/catalogue.md"],
  ])("fails to %s without the key of %s: a right to the bucket alone opens nothing", (action, bucket, key) => {
    expect(can(REPORT, action, bucket, key, { withoutKey: true })).toBe(false);
  });

  test("finds the tables of its databases in the catalog, changes none and sees no other", () => {
    const glue = (action: string, resource: string) =>
      isAllowed(
        { caller: { arn: roleArn(REPORT) }, action, resource: `arn:aws:glue:eu-west-1:111111111111:${resource}` },
        { owner: PLACE.accountId, identity: [identityOf(REPORT)] },
      );
    expect(glue("glue:GetTables", "table/refined_sales/orders")).toBe(true);
    expect(glue("glue:GetTables", "database/curated_sales")).toBe(true);
    expect(glue("glue:GetTables", "table/raw_sales/orders")).toBe(false);
    expect(glue("glue:UpdateTable", "table/refined_sales/orders")).toBe(false);
    expect(glue("glue:DeleteTable", "table/refined_sales/orders")).toBe(false);
  });

  test("is a shell of Python, as small as there are, with logs of its own", () => {
    const job = stack.only("aws_glue_job", "catalogue-report");
    expect(job.block).toMatchObject({
      name: REPORT,
      command: { name: "pythonshell", python_version: "3.9" },
      max_capacity: 0.0625,
      timeout: 15,
      max_retries: 0,
      execution_property: { max_concurrent_runs: 1 },
      default_arguments: {
        "--databases": "refined_sales,curated_sales",
        "--report": "s3://the-curated/_meta/reports/",
      },
    });
    const groups = stack.resources("aws_cloudwatch_log_group").filter(({ name }) => /^catalogue-report_/.test(name));
    expect(groups.map(({ block }) => block.name).sort()).toEqual([
      `/aws-glue/python-jobs/the-spark-role/${REPORT}/error`,
      `/aws-glue/python-jobs/the-spark-role/${REPORT}/output`,
    ]);
  });
});

describe("the key of the catalog", () => {
  const key = stack.resources("aws_kms_key").find(({ name }) => name.startsWith("operations")) as Resource;
  const opens = (job: string, action: string, { via = "glue", withoutKey = false } = {}) => {
    const caller = { arn: roleArn(job) };
    const policy = stack.policyOf(key);
    const Statement = policy.Statement.filter((statement) => !isAbout(statement, job));
    return isAllowed(
      {
        caller,
        action,
        resource: stack.resolve(`\${${key.address}.arn}`),
        context: { "kms:ViaService": `${via}.eu-west-1.amazonaws.com` },
      },
      {
        owner: PLACE.accountId,
        identity: [identityOf(job)],
        resource: withoutKey ? { ...policy, Statement } : policy,
      },
    );
  };

  test.each([REFINE, CURATE, "the-catalogue-report"])("opens to %s through Glue, and not without its grant", (job) => {
    expect(opens(job, "kms:Decrypt")).toBe(true);
    expect(opens(job, "kms:Decrypt", { via: "sqs" })).toBe(false);
    expect(opens(job, "kms:Decrypt", { withoutKey: true })).toBe(false);
  });

  test("encrypts for jobs that make tables, and not for one that only reads them", () => {
    for (const job of [REFINE, CURATE]) expect(opens(job, "kms:GenerateDataKey")).toBe(true);
    expect(opens("the-catalogue-report", "kms:GenerateDataKey")).toBe(false);
    expect(opens("the-catalogue-report", "kms:Encrypt")).toBe(false);
  });
});
