import { Construct } from "constructs";
import { classifications } from "../../contracts";
import { MAX_RECEIVES } from "../events/queue";
import { type FunctionEnvironment, NodeFunction } from "../functions/node-function";
import type { Key } from "../keys/key";
import type { AlarmTopic } from "../monitoring/alarm-topic";
import { addFunctionAlarms } from "../monitoring/function-alarms";
import { intakeMetrics, OWN_NAMESPACE } from "../monitoring/metric";
import type { Artifact } from "../storage/artifacts";
import { Bucket } from "../storage/bucket";
import type { Zone } from "../storage/zone";
import { Ledger } from "./ledger";

export interface IntakeProps {
  readonly shared: FunctionEnvironment;
  /** Physical name of the function. */
  readonly name: string;
  readonly ledgerName: string;
  readonly quarantineBucketName: string;
  /** Bucket for the log of who used the quarantine. */
  readonly accessLogBucket?: string;
  /** Zone where files arrive. */
  readonly from: Zone;
  /** Prefix of files in that zone that are left where they are, e.g. `landing/`. @default there are none */
  readonly leftAlone?: string;
  /** Zone where their rows go. */
  readonly to: Zone;
  /** Key of the ledger. */
  readonly key: Key;
  readonly alarms: AlarmTopic;
  readonly code: Artifact;
  /** Layer with DuckDB. */
  readonly layer: Artifact;
  /**
   * Memory of one function. DuckDB gets half of it and spills to disk what does not fit; where most rows of a large file
   * are rejected, less than 1024 is too little for the other half.
   */
  readonly memoryMb: number;
  /** Longest time for one file. */
  readonly timeoutSeconds: number;
  /** Disk of one function: holds the file unpacked, its rows as Parquet, and what does not fit into memory. */
  readonly diskMb: number;
  /** How many files are loaded at once. */
  readonly concurrency: number;
  /** May a deployment delete the ledger and what is in quarantine? */
  readonly removable: boolean;
}

/**
 * Files an invocation gets. One: a file that takes all memory or time ends the whole invocation, and each other file of
 * the batch would lose one of its attempts with it, until it ends in the dead-letter queue without ever having been read.
 */
const BATCH_SIZE = 1;
/** What was refused is kept so long for those who have to mend it. */
const QUARANTINE_DAYS = 365;

/** Loads each file that arrives: rows that keep their contract into the next zone, the others into quarantine with the reason. */
export class Intake extends Construct {
  readonly ledger: Ledger;
  readonly quarantine: Bucket;

  constructor(scope: Construct, id: string, props: IntakeProps) {
    super(scope, id);
    const { from, to } = props;
    this.ledger = new Ledger(this, "ledger", { name: props.ledgerName, key: props.key, removable: props.removable });
    // Refused rows are as sensitive as the files that they came in, so they share their key.
    this.quarantine = new Bucket(this, "quarantine", {
      name: props.quarantineBucketName,
      key: from.key,
      lifecycle: { expireAfterDays: QUARANTINE_DAYS, keepOldVersionsDays: QUARANTINE_DAYS },
      accessLogBucket: props.accessLogBucket,
      removable: props.removable,
    });
    const loader = new NodeFunction(this, "loader", {
      shared: props.shared,
      name: props.name,
      description: "Loads arriving files by their contracts",
      code: props.code,
      layer: props.layer,
      environment: {
        LEDGER_TABLE: props.ledgerName,
        TARGET_BUCKET: to.bucket.name,
        TARGET_ZONE: to.node.id,
        QUARANTINE_BUCKET: this.quarantine.name,
        QUEUE_URL: from.queue.url,
        ...(props.leftAlone === undefined ? {} : { LANDING_PREFIX: props.leftAlone }),
        MAX_RECEIVE_COUNT: String(MAX_RECEIVES),
        POWERTOOLS_SERVICE_NAME: props.name,
        POWERTOOLS_METRICS_NAMESPACE: OWN_NAMESPACE,
      },
      memoryMb: props.memoryMb,
      timeoutSeconds: props.timeoutSeconds,
      diskMb: props.diskMb,
      concurrency: props.concurrency,
      alarms: props.alarms,
    });
    from.bucket.grantRead(loader.role);
    // Rows and rejected files are as large as what arrives: they are written in parts.
    const anything = { label: "", prefixes: [""], levels: classifications, inParts: true };
    to.bucket.grantWriteTagged(loader.role, anything);
    this.quarantine.grantWriteTagged(loader.role, anything);
    this.ledger.grantRecord(loader.role);
    loader.consume(from.queue, { size: BATCH_SIZE });
    props.alarms.alarm(this, "unreconciled", {
      name: `${props.name}-unreconciled`,
      description:
        "A file's rows did not all arrive in the target or in quarantine. Nothing was published; see the reason with `npm run lake -- status`.",
      runbook: "unreconciled",
      metric: intakeMetrics(props.name).unreconciled,
      threshold: 0,
    });
    addFunctionAlarms(this, {
      ...props,
      advice: "a file comes again, and after three times its message is a dead letter.",
    });
  }
}
