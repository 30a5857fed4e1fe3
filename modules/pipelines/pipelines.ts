import { Construct } from "constructs";
import { type Contract, curatedDatabase, refinedDatabase } from "../../contracts";
import type { Pipeline } from "../../contracts/pipelines/pipeline";
import type { FunctionEnvironment } from "../functions/node-function";
import type { Role } from "../identity/role";
import { MacKey } from "../keys/mac-key";
import type { AlarmTopic } from "../monitoring/alarm-topic";
import { arnIn, type Place } from "../place";
import { type SparkCode, SparkEnvironment } from "../spark/spark-environment";
import type { RunLimits } from "../spark/spark-job";
import type { Artifact } from "../storage/artifacts";
import type { Zone } from "../storage/zone";
import { CurateJobs, maintainJob, RefineJobs, reportJob } from "./jobs";
import { type Freshness, Layer, type LayerProps } from "./layer";
import { layerDatabases, UNMASKED } from "./layout";
import { RunTable } from "./run-table";
import { Schedules } from "./schedules";

/** Scripts of jobs, by the names of their files. */
type Script = "refine" | "curate" | "maintain" | "catalogue_report";

export interface PipelinesProps {
  readonly shared: FunctionEnvironment;
  /** Physical name of a part. */
  readonly nameOf: (part: string) => string;
  readonly contracts: readonly Contract[];
  readonly pipelines: readonly Pipeline[];
  /** Zone with what is loaded. */
  readonly raw: Zone;
  /** Zone of the tables. */
  readonly refined: Zone;
  /** Zone of the marts. @default there are none */
  readonly curated?: Zone;
  readonly alarms: AlarmTopic;
  readonly code: {
    readonly dispatch: Artifact;
    readonly spark: SparkCode;
    readonly script: (name: Script) => Artifact;
  };
  readonly limits: RunLimits;
  /** How often a batch is tried at most. */
  readonly maxAttempts: number;
  /** Hour of the day (UTC) at which tables are kept in order. */
  readonly maintenanceHour: number;
  /** May a deployment delete the record of runs and the key of masks? */
  readonly removable: boolean;
}

/** From what is loaded to tables, and from tables to marts: the jobs, what starts them, and what is known of their runs. */
export class Pipelines extends Construct {
  readonly runs: RunTable;
  private readonly layers: readonly Layer[];
  /** What all jobs share. */
  readonly spark: SparkEnvironment;
  private readonly place: Place;
  /** Names of the jobs that nobody waits for. */
  private readonly upkeep: string[] = [];

  constructor(scope: Construct, id: string, props: PipelinesProps) {
    super(scope, id);
    const { shared, nameOf, removable } = props;
    this.place = shared.place;
    this.runs = new RunTable(this, "table", { name: nameOf("runs"), key: shared.key, removable });
    this.spark = new SparkEnvironment(this, "spark", {
      ...shared,
      name: nameOf("spark"),
      jobPrefix: nameOf(""),
      code: props.code.spark,
    });
    const parts: Parts = {
      environment: this.spark,
      runs: this.runs,
      schedules: new Schedules(this, "schedules", {
        ...shared,
        name: nameOf("schedules"),
        alarms: props.alarms,
      }),
    };
    const { curated } = props;
    const curate = curated && this.addCurate({ ...props, curated }, parts);
    this.layers = [this.addRefine(props, parts, curate), ...(curate ? [curate] : [])];
    this.addUpkeep(props, parts);
  }

  /** The role may see runs of all layers and start them. */
  grantOperate(role: Role): void {
    for (const layer of this.layers) layer.grantOperate(role);
    this.runs.grantRead(role);
    this.spark.grantRead(role);
  }

  /** The role may have tables put in order, and a report written on what there is. */
  grantUpkeep(role: Role): void {
    role.allow({
      Sid: "StartUpkeep",
      Action: "glue:StartJobRun",
      Resource: this.upkeep.map((name) => arnIn(this.place, "glue", `job/${name}`)),
    });
  }

  /** @param next the layer that is told of each run's end: what waits for it may start then */
  private addRefine(props: PipelinesProps, parts: Parts, next: Layer | undefined): Layer {
    const { nameOf, raw, refined } = props;
    const masking = new MacKey(this, "masking-key", {
      place: props.shared.place,
      alias: nameOf("masking"),
      description: "Masks values so that equal ones stay equal",
      removable: props.removable,
    });
    new RefineJobs(this, "refine-jobs", {
      ...jobPropsOf(props, parts, "refine"),
      contracts: props.contracts,
      raw: raw.bucket,
      refined: refined.bucket,
      masking,
    });
    const layer = this.addLayer("refine", props, parts, {
      from: raw,
      to: refined,
      environment: { MASKING_KEY: masking.alias, ...(next ? { NEXT_FUNCTION: next.dispatch.name } : {}) },
      freshness: freshnessOf(props.contracts),
    });
    next?.dispatch.grantInvoke(layer.dispatch.role);
    return layer;
  }

  private addCurate(props: PipelinesProps & { readonly curated: Zone }, parts: Parts): Layer {
    const { refined, curated, pipelines } = props;
    new CurateJobs(this, "curate-jobs", {
      ...jobPropsOf(props, parts, "curate"),
      pipelines,
      refined: refined.bucket,
      curated: curated.bucket,
    });
    const layer = this.addLayer("curate", props, parts, {
      from: refined,
      to: curated,
      freshness: freshnessOf(pipelines),
    });
    for (const { id: job, start, description } of pipelines) {
      if (start.schedule === undefined) continue;
      const { cron, timezone } = start.schedule;
      parts.schedules.call(
        `curate-${job.replace("/", "-")}`,
        description,
        { expression: cron, timezone },
        layer.dispatch,
        { action: "run", job },
      );
    }
    return layer;
  }

  private addLayer(
    layer: "refine" | "curate",
    { shared, nameOf, alarms, code, maxAttempts, limits }: PipelinesProps,
    { runs, schedules }: Parts,
    way: Pick<LayerProps, "from" | "to" | "environment" | "freshness">,
  ): Layer {
    return new Layer(this, layer, {
      shared,
      layer,
      name: nameOf(layer),
      dispatchName: nameOf(`dispatch-${layer}`),
      jobPrefix: nameOf(`${layer}-`),
      ...way,
      runs,
      schedules,
      alarms,
      code: code.dispatch,
      maxAttempts,
      timeoutMinutes: limits.timeoutMinutes,
    });
  }

  private addUpkeep(props: PipelinesProps, parts: Parts): void {
    const { refined, curated, contracts, pipelines, nameOf } = props;
    const tables = {
      namePrefix: nameOf(""),
      zones: [
        { bucket: refined.bucket, prefixes: ["masked/", UNMASKED], databasePattern: refinedDatabase("*") },
        ...(curated ? [{ bucket: curated.bucket, prefixes: ["marts/"], databasePattern: curatedDatabase("*") }] : []),
      ],
      databases: [...layerDatabases(contracts, curated ? pipelines : []).keys()],
    };
    const maintain = maintainJob(this, {
      ...jobPropsOf(props, parts, "maintain"),
      ...tables,
      report: refined.bucket,
    });
    const report = reportJob(this, {
      ...jobPropsOf(props, parts, "catalogue_report"),
      ...tables,
      report: (curated ?? refined).bucket,
    });
    this.upkeep.push(maintain.name, report.name);
    const { schedules } = parts;
    const hour = props.maintenanceHour;
    schedules.start("maintain", "Keeps all tables in order", { expression: `cron(0 ${hour} * * ? *)` }, maintain);
    schedules.start(
      "catalogue-report",
      "Writes down what the catalog holds",
      { expression: `cron(0 ${hour} ? * ${REPORT_DAY} *)` },
      report,
    );
    // Nobody waits for these runs, so nobody else would see them fail.
    props.alarms.tell(this, "upkeep-failed", {
      name: nameOf("upkeep-failed"),
      description: "Runs that nobody waits for have failed",
      pattern: {
        source: ["aws.glue"],
        "detail-type": ["Glue Job State Change"],
        detail: { jobName: [maintain.name, report.name], state: ["FAILED", "TIMEOUT"] },
      },
      values: {
        job: "$.detail.jobName",
        run: "$.detail.jobRunId",
        state: "$.detail.state",
        reason: "$.detail.message",
      },
      message:
        "The run <run> of the job <job> ended as <state>: <reason>. Its log group has the rest; it starts again by its schedule.",
      runbook: "upkeep-failed",
    });
  }
}

/** The week begins with a new report. */
const REPORT_DAY = "MON";

interface Parts {
  readonly environment: SparkEnvironment;
  readonly runs: RunTable;
  readonly schedules: Schedules;
}

/** What contracts of datasets or marts promise, where they do. */
function freshnessOf(contracts: readonly Pick<Contract, "id" | "freshness" | "owner">[]): Freshness[] {
  return contracts.flatMap(({ id, freshness, owner }) =>
    freshness === undefined ? [] : [{ job: id, within: freshness, owner }],
  );
}

function jobPropsOf(props: PipelinesProps, { environment }: Parts, script: Script) {
  return {
    environment,
    namePrefix: props.nameOf(`${script}-`),
    script: environment.addScript(script, props.code.script(script)),
    limits: props.limits,
  };
}
