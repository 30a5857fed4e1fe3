import { Construct } from "constructs";
import { ingestFunction, ingestionJob, ingestionTable } from "../../contracts/ingestion";
import type { Compute as ComputeKind, Source } from "../../contracts/sources/source";
import type { FunctionEnvironment, NodeFunction } from "../functions/node-function";
import type { Role } from "../identity/role";
import type { AlarmTopic } from "../monitoring/alarm-topic";
import type { Topic } from "../monitoring/topic";
import { Schedules } from "../pipelines/schedules";
import { runGlueJobs, StateMachine } from "../pipelines/state-machine";
import type { SparkEnvironment } from "../spark/spark-environment";
import { SparkJob } from "../spark/spark-job";
import type { Artifact } from "../storage/artifacts";
import type { Bucket } from "../storage/bucket";
import type { ClusterProps } from "./cluster";
import { type Compute, glueCompute } from "./compute";
import { ingestDefinition } from "./definition";
import { definitionOf, type ManagedDatabase, resolved } from "./definitions";
import { EmrClusters, type EmrProps } from "./emr";
import { addIngestFunction } from "./function";
import { constantsOf, grantJobs, type JobWorld } from "./jobs";
import { CLUSTER_LOGS, SERVERLESS_LOGS } from "./layout";
import { EmrServerless } from "./serverless";
import { IngestionTable } from "./table";

export interface IngestionProps {
  readonly shared: FunctionEnvironment;
  /** Physical name of a part. */
  readonly nameOf: (part: string) => string;
  /** At least one. */
  readonly sources: readonly Source[];
  /** The account's own database. @default there is none, and no source reads it */
  readonly managed?: ManagedDatabase;
  /** Bucket of the zone into which tables are brought. */
  readonly raw: Bucket;
  readonly spark: SparkEnvironment;
  readonly alarms: AlarmTopic;
  /** Is told how each run went. */
  readonly notices: Topic;
  readonly code: {
    readonly ingest: Artifact;
    /** Script of the job. */
    readonly job: Artifact;
    /** Whom jobs trust when a database proves its name. */
    readonly authorities: Artifact;
  };
  readonly settings: Pick<ClusterProps, "releaseLabel" | "instanceTypes" | "coreUnits" | "spot"> & {
    /** Tables of a run that are read at the same time at most. */
    readonly tablesAtOnce: number;
    /** Longest time of one table, in minutes. */
    readonly tableMinutes: number;
    /** Longest time of a run, in hours: so long it holds its tables. */
    readonly leaseHours: number;
    /** @default history is kept */
    readonly historyDays?: number;
  };
  /** Tags of what is made for a run: Terraform gives its own to none of it. */
  readonly tags: Readonly<Record<string, string>>;
  /** May a deployment delete what is known of windows? */
  readonly removable: boolean;
}

/** A job may wait for machines so long before its own time begins. */
const WAIT_SECONDS = 1800;

/** Tables of databases are brought into the lake window by window: what there is to read, who reads it, and what became of it. */
export class Ingestion extends Construct {
  private readonly table: IngestionTable;
  private readonly ingest: NodeFunction;
  private readonly machines: readonly StateMachine[];
  private readonly logs: Bucket;

  constructor(scope: Construct, id: string, props: IngestionProps) {
    super(scope, id);
    const { shared, nameOf, settings, spark } = props;
    const sources = props.sources.map((source) => ({
      ...resolved(source, props.managed),
      concurrency: Math.min(source.concurrency, settings.tablesAtOnce),
    }));
    this.logs = shared.artifacts.bucket;
    this.table = new IngestionTable(this, "ingested", {
      name: nameOf(ingestionTable),
      key: shared.key,
      removable: props.removable,
    });
    for (const source of sources) this.table.define(definitionOf(source));
    const world: JobWorld = {
      place: shared.place,
      table: this.table,
      raw: props.raw,
      managed: props.managed,
      files: {
        script: spark.addScript("ingest", props.code.job),
        library: spark.library,
        jars: spark.drivers,
        authorities: shared.artifacts.addNamed("authorities", "spark/authorities", props.code.authorities),
      },
    };
    const kinds = [...new Set(sources.map(({ compute }) => compute))].sort();
    this.ingest = addIngestFunction(this, {
      ...props,
      table: this.table,
      kinds,
      machineName: (kind) => machineName(nameOf, kind),
    });
    this.machines = kinds.map((kind) =>
      this.addMachine(
        kind,
        props,
        world,
        sources.filter(({ compute }) => compute === kind),
      ),
    );
    for (const machine of this.machines) machine.grantStart(this.ingest.role);
    this.addSchedules(props, sources);
  }

  /** The role may have tables read, and see what became of it. */
  grantOperate(role: Role): void {
    this.ingest.grantInvoke(role);
    this.table.grantRead(role);
    for (const machine of this.machines) machine.grantRead(role);
    this.logs.grantReadEach(role, "ingestion-logs", [CLUSTER_LOGS, SERVERLESS_LOGS]);
  }

  private addMachine(
    kind: ComputeKind,
    props: IngestionProps,
    world: JobWorld,
    sources: readonly Source[],
  ): StateMachine {
    const { shared, nameOf, alarms, notices, settings } = props;
    const { compute, runs } = this.addCompute(kind, props, world, sources);
    return new StateMachine(this, `runs-${kind}`, {
      ...shared,
      name: machineName(nameOf, kind),
      definition: ingestDefinition({
        compute,
        functionArn: this.ingest.arn,
        alarmTopicArn: alarms.arn,
        noticeTopicArn: notices.arn,
        tableSeconds: Math.min(settings.tableMinutes * 60 + WAIT_SECONDS, settings.leaseHours * 3600),
        executionSeconds: settings.leaseHours * 3600,
      }),
      calls: this.ingest,
      runs,
      alarms,
      tells: [notices],
      advice:
        "the next run reads the same windows again. The history of its tables and the messages of the topics say why.",
      alarmWhenAborted: true,
    });
  }

  private addCompute(
    kind: ComputeKind,
    props: IngestionProps,
    world: JobWorld,
    sources: readonly Source[],
  ): { readonly compute: Compute; readonly runs: ReturnType<EmrClusters["runGrants"]> } {
    const { shared, nameOf } = props;
    if (kind === "glue") {
      const job = this.addGlueJob(props, world, sources);
      return { compute: glueCompute(job.name, constantsOf(world)), runs: [runGlueJobs(shared.place, job.name)] };
    }
    const { network } = shared;
    if (!network) throw new Error(`${nameOf("ingest")} has no network for ${kind}`);
    const emrProps: EmrProps = { ...props, ...shared, network, world, sources };
    const made =
      kind === "emr" ? new EmrClusters(this, "emr", emrProps) : new EmrServerless(this, "emr-serverless", emrProps);
    return { compute: made.compute, runs: made.runGrants() };
  }

  private addGlueJob(
    { nameOf, spark, settings }: IngestionProps,
    world: JobWorld,
    sources: readonly Source[],
  ): SparkJob {
    const job = new SparkJob(this, "glue", {
      environment: spark,
      // The function has the shorter name, and both have a role of their name.
      name: nameOf("ingest-job"),
      description: "Reads tables of databases",
      script: world.files.script,
      limits: {
        // One more for the driver of the job.
        maxWorkers: settings.coreUnits.max + 1,
        timeoutMinutes: settings.tableMinutes,
        flex: false,
      },
      maxConcurrentRuns: sources.length * settings.tablesAtOnce,
      arguments: { "--extra-files": world.files.authorities },
    });
    grantJobs(job.role, world, sources);
    return job;
  }

  private addSchedules({ shared, nameOf, alarms }: IngestionProps, sources: readonly Source[]): void {
    const schedules = new Schedules(this, "schedules", { ...shared, name: nameOf("ingest-schedules"), alarms });
    schedules.call(
      `${ingestFunction}-sweep`,
      "Frees tables that a lost run held, and ends clusters that it left behind",
      { expression: "rate(15 minutes)" },
      this.ingest,
      { action: "sweep" },
    );
    for (const { id, schedule, description } of sources) {
      if (schedule === undefined) continue;
      const { cron, timezone } = schedule;
      schedules.call(ingestionJob(id), description, { expression: cron, timezone }, this.ingest, {
        action: "run",
        source: id,
      });
    }
  }
}

const machineName = (nameOf: IngestionProps["nameOf"], kind: ComputeKind) => nameOf(`${ingestFunction}-${kind}`);
