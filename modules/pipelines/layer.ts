import { Construct } from "constructs";
import { durationSeconds } from "../../contracts/contract";
import { type FunctionEnvironment, NodeFunction } from "../functions/node-function";
import type { Role } from "../identity/role";
import type { AlarmTopic } from "../monitoring/alarm-topic";
import { addFunctionAlarms } from "../monitoring/function-alarms";
import { dispatchMetrics, jobMetrics, OWN_NAMESPACE } from "../monitoring/metric";
import type { Artifact } from "../storage/artifacts";
import type { Zone } from "../storage/zone";
import { runDefinition } from "./definition";
import { META_LEVELS, metaPrefix } from "./layout";
import type { RunTable } from "./run-table";
import type { Schedules } from "./schedules";
import { runGlueJobs, StateMachine } from "./state-machine";

export interface LayerProps {
  readonly shared: FunctionEnvironment;
  /** What its runs do: load what is new into tables, or make marts of tables. */
  readonly layer: "refine" | "curate";
  /** Physical name of the state machine. */
  readonly name: string;
  /** Physical name of the dispatch function. */
  readonly dispatchName: string;
  /** First part of the physical names of the layer's jobs. */
  readonly jobPrefix: string;
  /** Zone whose new objects start runs. */
  readonly from: Zone;
  /** Zone into which the runs write. */
  readonly to: Zone;
  readonly runs: RunTable;
  readonly schedules: Schedules;
  readonly alarms: AlarmTopic;
  readonly code: Artifact;
  /** What the function has to know besides. */
  readonly environment?: Readonly<Record<string, string>>;
  /** How often a batch is tried at most. */
  readonly maxAttempts: number;
  /** Longest time of a job's run, in minutes. */
  readonly timeoutMinutes: number;
  /** Jobs whose tables may not grow older than contracts promise. */
  readonly freshness: readonly Freshness[];
}

/** How old what a job makes may be. */
export interface Freshness {
  readonly job: string;
  /** A duration such as `24h`. */
  readonly within: string;
  /** Who answers for it. */
  readonly owner: string;
}

/** Longest time of one call of the dispatch function: it asks and notes, and never waits. */
export const DISPATCH_TIMEOUT_SECONDS = 60;
const MEMORY_MB = 512;
/** Scratch disk: the least there is. */
const DISK_MB = 512;
/** Calls at once: a job is locked by a single item, so more would only wait for each other. */
const CONCURRENCY = 5;
/** One batch is tried three times by default; a fault of the machinery fails more than that. */
const JOB_FAILURES = 3;
/** New objects come in groups: one run shall take many. */
const BATCH = { size: 100, windowSeconds: 5 };
/** A run may wait for capacity so long before its own time begins. */
const WAIT_FOR_CAPACITY_MINUTES = 30;

/** One step of the data from zone to zone: what is new is noted, and runs of Spark jobs take it, one a job at a time. */
export class Layer extends Construct {
  readonly dispatch: NodeFunction;
  private readonly machine: StateMachine;

  constructor(scope: Construct, id: string, props: LayerProps) {
    super(scope, id);
    const { shared, from, to } = props;
    this.dispatch = this.addDispatch(props);
    this.addAlarms(props);
    this.machine = new StateMachine(this, "runs", {
      ...shared,
      name: props.name,
      definition: runDefinition({
        layer: props.layer,
        dispatchArn: this.dispatch.arn,
        topicArn: props.alarms.arn,
        timeoutSeconds: (props.timeoutMinutes + WAIT_FOR_CAPACITY_MINUTES) * 60,
      }),
      calls: this.dispatch,
      runs: [runGlueJobs(shared.place, `${props.jobPrefix}*`)],
      alarms: props.alarms,
      advice: "its batch is held or comes again. See the reason with `npm run lake -- runs`.",
    });
    this.machine.grantStart(this.dispatch.role);
    props.runs.grantDispatch(this.dispatch.role);
    to.bucket.grantRead(this.dispatch.role, metaPrefix());
    to.bucket.grantWriteTagged(this.dispatch.role, { label: "meta", prefixes: [metaPrefix()], levels: META_LEVELS });
    this.dispatch.consume(from.queue, BATCH);
    props.schedules.call(
      `${props.layer}-sweep`,
      `Starts what waits for ${props.layer} runs and frees what a lost run held`,
      { expression: "rate(15 minutes)" },
      this.dispatch,
      { action: "sweep" },
    );
  }

  /** The role may see runs and start them. */
  grantOperate(role: Role): void {
    this.dispatch.grantInvoke(role);
    this.machine.grantRead(role);
  }

  private addDispatch(props: LayerProps): NodeFunction {
    const { shared, dispatchName } = props;
    const dispatch = new NodeFunction(this, `dispatch-${props.layer}`, {
      shared,
      name: dispatchName,
      description: `Starts ${props.layer} runs for what is new`,
      code: props.code,
      environment: {
        LAYER: props.layer,
        RUN_TABLE: props.runs.tableName,
        STATE_MACHINE_ARN: StateMachine.arnOf(shared.place, props.name),
        META_BUCKET: props.to.bucket.name,
        JOB_PREFIX: props.jobPrefix,
        MAX_ATTEMPTS: String(props.maxAttempts),
        POWERTOOLS_SERVICE_NAME: dispatchName,
        POWERTOOLS_METRICS_NAMESPACE: OWN_NAMESPACE,
        ...props.environment,
      },
      memoryMb: MEMORY_MB,
      timeoutSeconds: DISPATCH_TIMEOUT_SECONDS,
      diskMb: DISK_MB,
      concurrency: CONCURRENCY,
      alarms: props.alarms,
    });
    return dispatch;
  }

  private addAlarms({ alarms, layer, dispatchName, freshness }: LayerProps): void {
    const { unreconciled, retried } = dispatchMetrics(dispatchName);
    alarms.alarm(this, "unreconciled", {
      name: `${dispatchName}-unreconciled`,
      description: `The rows that a ${layer} run read are not those that it says it wrote, knew or refused. Its batch is held; see the reason with \`npm run lake -- runs\`.`,
      runbook: "unreconciled",
      metric: unreconciled,
      threshold: 0,
    });
    alarms.alarm(this, "job-failures", {
      name: `${dispatchName}-job-failures`,
      description: `Jobs of ${layer} failed more than ${JOB_FAILURES} times within an hour and were tried again. See the reasons with \`npm run lake -- runs\`.`,
      runbook: "job-failures",
      metric: retried,
      threshold: JOB_FAILURES,
    });
    addFunctionAlarms(this, {
      alarms,
      name: dispatchName,
      timeoutSeconds: DISPATCH_TIMEOUT_SECONDS,
      advice: "runs may start no earlier than its next sweep, in a quarter of an hour at most.",
      errorsId: "dispatch-errors",
    });
    for (const { job, within, owner } of freshness) {
      alarms.alarm(this, `stale-${job.replace("/", "-")}`, {
        name: `${dispatchName}-stale-${job.replace("/", "-")}`,
        description: `What ${job} holds is older than the ${within} that its contract promises: nothing new came, or it could not be taken. Its owner is ${owner}.`,
        runbook: "stale-data",
        metric: jobMetrics(dispatchName, job).age,
        threshold: durationSeconds(within),
        // No sweep, no age: what was stale is no fresher for that.
        silence: "nothing",
      });
    }
  }
}
