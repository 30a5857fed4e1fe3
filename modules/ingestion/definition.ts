import type { Definition } from "../pipelines/definition";
import { type Compute, runStates } from "./compute";
import { call, caught, publish, retryWhenBusy, SETTLED, type State, type States, unsettled } from "./states";

export interface IngestDefinitionProps {
  /** What runs the jobs. */
  readonly compute: Compute;
  readonly functionArn: string;
  /** Is told of each table that failed. */
  readonly alarmTopicArn: string;
  /** Is told how each run went. */
  readonly noticeTopicArn: string;
  /** Longest time of one table, in seconds, with its wait for the others. */
  readonly tableSeconds: number;
  /** Longest time of an execution, in seconds: what it leaves behind then is put right by the sweep. */
  readonly executionSeconds: number;
}

/** EMR gives up a cluster that does not start within an hour; so it is never left behind by a wait that ended before. */
const START_SECONDS = 5400;
const END_SECONDS = 3600;
/** Calls of the function at once while the tables of a cluster that never was are freed. */
const RELEASES = 5;

/**
 * One run of a source: its tables are claimed, read one beside the other, and settled, each for itself. A cluster, where one
 * is needed, is made for the run and ended with it. Its input: `source`, and perhaps `tables` or `backfill`.
 */
export function ingestDefinition(props: IngestDefinitionProps): Definition {
  const { compute, functionArn, alarmTopicArn, executionSeconds } = props;
  const cluster = compute.kind === "emr" ? clusterStates(compute.request, props) : {};
  const [begin, end] = compute.kind === "emr" ? ["CreateCluster", "TerminateCluster"] : ["Tables", "Summarize"];
  return {
    Comment: `Brings tables of a source into the lake, by ${compute.kind}`,
    StartAt: "Begin",
    TimeoutSeconds: executionSeconds,
    States: {
      Begin: {
        Type: "Pass",
        Parameters: {
          "request.$": "$",
          call: { action: "claim", "execution.$": "$$.Execution.Id" },
          note: { text: "" },
        },
        Next: "Claim",
      },
      Claim: call(
        functionArn,
        { "Payload.$": "States.JsonMerge($.request, $.call, false)" },
        { at: "$.claim", keys: ["source", "tables", "skipped", "concurrency"] },
        { next: "Choose", otherwise: "TellUnclaimed" },
      ),
      TellUnclaimed: publish(
        alarmTopicArn,
        {
          Subject: "An ingestion could not begin",
          "Message.$": "States.Format('{}: {}', States.JsonToString($.request), States.JsonToString($.error))",
        },
        "Failed",
      ),
      Choose: {
        Type: "Choice",
        Choices: [{ Variable: "$.claim.tables[0]", IsPresent: true, Next: begin }],
        Default: "Nothing",
      },
      Nothing: { Type: "Succeed" },
      ...cluster,
      Tables: {
        Type: "Map",
        ItemsPath: "$.claim.tables",
        MaxConcurrencyPath: "$.claim.concurrency",
        ItemSelector: itemOf(compute.item),
        ItemProcessor: {
          ProcessorConfig: { Mode: "INLINE" },
          ...tableStates(props),
        },
        ResultPath: "$.results",
        Catch: caught("Broken"),
        Next: end,
      },
      Broken: everyTableFailed("the tables could not be read: the record of the execution says why", end ?? ""),
      ...endStates(props),
    },
  };
}

/** What an iteration knows. */
function itemOf(more: object): object {
  return { "item.$": "$$.Map.Item.Value", "source.$": "$.claim.source", "execution.$": "$$.Execution.Id", ...more };
}

/** Stands where the results of the tables would. */
function everyTableFailed(reason: string, next: string): State {
  return {
    Type: "Pass",
    Result: [{ table: "(all)", outcome: "failed", reason, rows: 0 }],
    ResultPath: "$.results",
    Next: next,
  };
}

/** One table: its job, and what became of it. It never fails: a table is no reason to give up the others. */
function tableStates({ compute, functionArn, alarmTopicArn, tableSeconds }: IngestDefinitionProps): object {
  const { start, states, place, named } = runStates(compute, tableSeconds, {
    next: "Settle",
    otherwise: "SettleFailed",
  });
  return {
    StartAt: start,
    States: {
      ...states,
      Settle: settle(functionArn, { outcome: "succeeded", ...place, ...named }, "Judge"),
      SettleFailed: settle(functionArn, { outcome: "failed", "error.$": "$.error", ...place }, "Judge"),
      Unsettled: unsettled("Tell"),
      Judge: {
        Type: "Choice",
        Choices: [{ Variable: "$.settled.outcome", StringEquals: "failed", Next: "Tell" }],
        Default: "Done",
      },
      Tell: publish(
        alarmTopicArn,
        {
          Subject: "Ingestion of a table failed",
          "Message.$": "States.Format('{}, table {}: {}', $.source, $.item.table, $.settled.reason)",
        },
        "Done",
      ),
      Done: { Type: "Pass", InputPath: "$.settled", End: true },
    },
  };
}

function settle(functionArn: string, outcome: object, next: string): State {
  const payload = {
    action: "settle",
    "source.$": "$.source",
    "table.$": "$.item.table",
    "token.$": "$.item.token",
    "execution.$": "$.execution",
    ...outcome,
  };
  return call(functionArn, { Payload: payload }, { at: "$.settled", keys: SETTLED }, { next, otherwise: "Unsettled" });
}

/** The cluster of the run: made first, ended whatever happened. One that cannot be made frees the tables. */
function clusterStates(request: object, { functionArn, alarmTopicArn }: IngestDefinitionProps): States {
  return {
    CreateCluster: {
      Type: "Task",
      Resource: "arn:aws:states:::elasticmapreduce:createCluster.sync",
      Parameters: request,
      ResultSelector: { "ClusterId.$": "$.ClusterId" },
      ResultPath: "$.cluster",
      TimeoutSeconds: START_SECONDS,
      Retry: retryWhenBusy("emr", 30, 5),
      Catch: caught("Release"),
      Next: "Tables",
    },
    Release: {
      Type: "Map",
      ItemsPath: "$.claim.tables",
      MaxConcurrency: RELEASES,
      ItemSelector: itemOf({ "error.$": "$.error" }),
      ItemProcessor: {
        ProcessorConfig: { Mode: "INLINE" },
        StartAt: "SettleUnread",
        States: {
          SettleUnread: {
            ...settle(functionArn, { outcome: "failed", "error.$": "$.error" }, "Released"),
            Catch: caught("Unreleased"),
          },
          Unreleased: unsettled("Released"),
          Released: { Type: "Pass", InputPath: "$.settled", End: true },
        },
      },
      ResultPath: "$.results",
      Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: "$.released", Next: "Unreleasable" }],
      Next: "TellUncreated",
    },
    Unreleasable: everyTableFailed("there was no cluster; the next sweep frees the tables", "TellUncreated"),
    TellUncreated: publish(
      alarmTopicArn,
      {
        Subject: "An ingestion got no cluster",
        "Message.$": "States.Format('{}: {}', $.claim.source, States.JsonToString($.error))",
      },
      "Summarize",
    ),
    TerminateCluster: {
      Type: "Task",
      Resource: "arn:aws:states:::elasticmapreduce:terminateCluster.sync",
      Parameters: { "ClusterId.$": "$.cluster.ClusterId" },
      ResultPath: null,
      TimeoutSeconds: END_SECONDS,
      Retry: retryWhenBusy("emr", 15, 6),
      Catch: caught("Unterminated"),
      Next: "Summarize",
    },
    Unterminated: {
      Type: "Pass",
      Parameters: {
        "text.$":
          "States.Format(' The cluster {} could not be ended: the next sweep ends it, and without work it ends itself.', $.cluster.ClusterId)",
      },
      ResultPath: "$.note",
      Next: "Summarize",
    },
  };
}

/** What people are told of the run, and how it ends. */
function endStates({ functionArn, noticeTopicArn }: IngestDefinitionProps): States {
  return {
    Summarize: call(
      functionArn,
      {
        Payload: {
          action: "summarize",
          "source.$": "$.claim.source",
          "execution.$": "$$.Execution.Id",
          "results.$": "$.results",
          "skipped.$": "$.claim.skipped",
        },
      },
      { at: "$.summary", keys: ["failed", "subject", "message"] },
      { next: "TellAll", otherwise: "Unsummarized" },
    ),
    Unsummarized: {
      Type: "Pass",
      Parameters: {
        failed: 1,
        subject: "An ingestion ended without a summary",
        "message.$": "States.Format('{}: {}', $.claim.source, States.JsonToString($.results))",
      },
      ResultPath: "$.summary",
      Next: "TellAll",
    },
    TellAll: publish(
      noticeTopicArn,
      { "Subject.$": "$.summary.subject", "Message.$": "States.Format('{}{}', $.summary.message, $.note.text)" },
      "Verdict",
    ),
    Verdict: {
      Type: "Choice",
      Choices: [{ Variable: "$.summary.failed", NumericGreaterThan: 0, Next: "Failed" }],
      Default: "Succeeded",
    },
    Succeeded: { Type: "Succeed" },
    Failed: {
      Type: "Fail",
      Error: "IngestionFailed",
      Cause: "A table was not read: the history of its runs and the messages of the topics say why",
    },
  };
}
