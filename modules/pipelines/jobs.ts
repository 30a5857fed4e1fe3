import { Construct } from "constructs";
import {
  type Classification,
  type Contract,
  classifications,
  clearDatabase,
  clearedFor,
  curatedDatabase,
  dashed,
  domainsOf,
  highestClassification,
  isMasked,
  leastUnmasked,
  refinedDatabase,
} from "../../contracts";
import type { Pipeline } from "../../contracts/pipelines/pipeline";
import { grantQueryTables, grantReadTables, grantWriteTables } from "../catalog/table-grants";
import type { MacKey } from "../keys/mac-key";
import { PythonShellJob } from "../spark/python-shell-job";
import type { SparkEnvironment } from "../spark/spark-environment";
import { type RunLimits, SparkJob } from "../spark/spark-job";
import type { Bucket } from "../storage/bucket";
import { clearPrefix, META_LEVELS, martPrefix, maskedPrefix, metaPrefix, UNMASKED } from "./layout";

interface CommonJobProps {
  readonly environment: SparkEnvironment;
  /** First part of the physical names of jobs and roles. */
  readonly namePrefix: string;
  /** Address of their script. */
  readonly script: string;
  readonly limits: RunLimits;
}

export interface RefineJobsProps extends CommonJobProps {
  readonly contracts: readonly Contract[];
  readonly raw: Bucket;
  readonly refined: Bucket;
  /** Key with which values are masked. */
  readonly masking: MacKey;
}

/** A job a domain: it reads what is loaded of the domain and makes its tables, and reaches nothing of any other. */
export class RefineJobs extends Construct {
  readonly all: readonly SparkJob[];

  constructor(scope: Construct, id: string, props: RefineJobsProps) {
    super(scope, id);
    this.all = domainsOf(props.contracts).map((domain) => this.addJob(domain, props));
  }

  private addJob(domain: string, { environment, raw, refined, masking, ...props }: RefineJobsProps): SparkJob {
    const datasets = props.contracts.filter((contract) => contract.domain === domain);
    const job = new SparkJob(this, dashed(domain), {
      ...props,
      environment,
      name: `${props.namePrefix}${dashed(domain)}`,
      namePattern: `${props.namePrefix}*`,
      description: `Makes tables of what is loaded of ${domain}`,
      // One run a dataset at a time.
      maxConcurrentRuns: datasets.length,
    });
    const { role } = job;
    raw.grantRead(role, `${domain}/`);
    const masked = datasets.some(isMasked);
    grantTables(
      refined,
      job,
      maskedPrefix(domain),
      datasets.map(({ classification }) => classification),
    );
    if (masked) grantTables(refined, job, clearPrefix(domain), datasets.filter(isMasked).map(highestClassification));
    grantMeta(refined, job, domain);
    const databases = [refinedDatabase(domain), ...(masked ? [clearDatabase(domain)] : [])];
    grantWriteTables(
      role,
      environment,
      databases.map((database) => ({ database })),
    );
    if (masked) masking.grantMac(role);
    return job;
  }
}

export interface CurateJobsProps extends CommonJobProps {
  readonly pipelines: readonly Pipeline[];
  readonly refined: Bucket;
  readonly curated: Bucket;
}

/** A job a mart: it reads its inputs, without the columns that are masked unless it says so, and makes its mart. */
export class CurateJobs extends Construct {
  readonly all: readonly SparkJob[];

  constructor(scope: Construct, id: string, props: CurateJobsProps) {
    super(scope, id);
    this.all = props.pipelines.map((pipeline) => this.addJob(pipeline, props));
  }

  private addJob(pipeline: Pipeline, { environment, refined, curated, ...props }: CurateJobsProps): SparkJob {
    const job = new SparkJob(this, dashed(pipeline.id), {
      ...props,
      environment,
      name: `${props.namePrefix}${dashed(pipeline.id)}`,
      namePattern: `${props.namePrefix}*`,
      description: `Makes the mart ${pipeline.id}`,
      maxConcurrentRuns: 1,
    });
    const { role } = job;
    const inputs = pipeline.inputs.map((input) => inputOf(input, pipeline.clear.includes(input)));
    refined.grantReadEach(
      role,
      "inputs",
      inputs.map(({ prefix }) => prefix),
    );
    grantReadTables(role, environment, inputs);
    grantTables(curated, job, martPrefix(pipeline.id), [pipeline.classification]);
    grantMeta(curated, job, pipeline.id);
    const mart = { database: curatedDatabase(pipeline.domain), table: pipeline.name };
    grantWriteTables(role, environment, [mart]);
    return job;
  }
}

/** Table and files of a dataset that a pipeline reads. */
function inputOf(dataset: string, clear: boolean): { database: string; table: string; prefix: string } {
  const [domain = "", table = ""] = dataset.split("/");
  return clear
    ? { database: clearDatabase(domain), table, prefix: clearPrefix(dataset) }
    : { database: refinedDatabase(domain), table, prefix: maskedPrefix(dataset) };
}

/** What jobs on all tables know of them. */
interface AllTablesProps {
  /** The zones with tables, each with the prefixes below which these lie and the pattern of the names of their databases. */
  readonly zones: readonly {
    readonly bucket: Bucket;
    readonly prefixes: readonly string[];
    readonly databasePattern: string;
  }[];
  /** The databases of all tables. */
  readonly databases: readonly string[];
  /** Where the report goes. */
  readonly report: Bucket;
}

export interface MaintainJobProps extends CommonJobProps, AllTablesProps {}

/** Each report takes the place of the one before; the bucket keeps the older versions. */
const REPORT = `${metaPrefix()}maintain/report.json`;

/** Keeps all tables in order: small files, old snapshots, files of no snapshot. */
export function maintainJob(scope: Construct, props: MaintainJobProps): SparkJob {
  const { environment, zones, databases, report } = props;
  const job = new SparkJob(scope, "maintain", {
    ...props,
    name: `${props.namePrefix}maintain`,
    description: "Keeps all tables in order",
    maxConcurrentRuns: 1,
    arguments: { "--databases": databases.join(","), "--result": `s3://${report.name}/${REPORT}` },
  });
  for (const { bucket, prefixes } of zones) {
    for (const prefix of prefixes) {
      grantTableFiles(bucket, job, prefix, prefix === UNMASKED ? clearedFor(leastUnmasked) : classifications);
    }
  }
  report.grantWriteTagged(job.role, { label: REPORT, prefixes: [REPORT], levels: META_LEVELS });
  grantWriteTables(
    job.role,
    environment,
    zones.map(({ databasePattern }) => ({ database: databasePattern })),
  );
  return job;
}

export interface ReportJobProps extends Omit<CommonJobProps, "limits">, AllTablesProps {}

/** Here the report lies for everybody who may ask tables; the bucket keeps the older versions. */
const REPORTS = metaPrefix("reports");
/** It reads one small file a table: minutes are plenty. */
const REPORT_TIMEOUT_MINUTES = 15;

/** Writes down what all tables are, for people. It sees the catalog and how large tables are, and no row of any. */
export function reportJob(scope: Construct, props: ReportJobProps): PythonShellJob {
  const { environment, zones, databases, report } = props;
  const job = new PythonShellJob(scope, "catalogue-report", {
    environment,
    script: props.script,
    name: `${props.namePrefix}catalogue-report`,
    description: "Writes down what the catalog holds",
    timeoutMinutes: REPORT_TIMEOUT_MINUTES,
    arguments: { "--databases": databases.join(","), "--report": `s3://${report.name}/${REPORTS}` },
  });
  for (const { bucket, prefixes } of zones) {
    bucket.grantReadEach(
      job.role,
      "metadata",
      prefixes.map((prefix) => `${prefix}*.metadata.json`),
    );
  }
  report.grantWriteTagged(job.role, { label: REPORTS, prefixes: [REPORTS], levels: META_LEVELS });
  grantQueryTables(
    job.role,
    environment,
    zones.map(({ databasePattern }) => ({ database: databasePattern })),
  );
  return job;
}

/** Files of tables of these levels come, are read, and go with the snapshots that need them. */
function grantTableFiles(bucket: Bucket, { role }: SparkJob, prefix: string, levels: readonly Classification[]): void {
  bucket.grantRead(role, prefix);
  bucket.grantWriteTagged(role, { label: prefix, prefixes: [prefix], levels });
  bucket.grantDelete(role, prefix);
}

/** The same, and they follow their table to the level that it gets later. */
function grantTables(bucket: Bucket, job: SparkJob, prefix: string, levels: readonly Classification[]): void {
  grantTableFiles(bucket, job, prefix, levels);
  bucket.grantRetag(job.role, { label: prefix, prefixes: [prefix], levels });
}

/** Manifests and results of runs are read and written, and stay. */
function grantMeta(bucket: Bucket, { role }: SparkJob, path: string): void {
  bucket.grantRead(role, metaPrefix(path));
  bucket.grantWriteTagged(role, { label: metaPrefix(path), prefixes: [metaPrefix(path)], levels: META_LEVELS });
}
