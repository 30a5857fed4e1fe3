/** A state of the Amazon States Language. */
type State = Readonly<Record<string, unknown>> & { readonly Type: string };

/** A state machine as Step Functions takes it. */
export interface Definition {
  readonly Comment: string;
  readonly StartAt: string;
  /** Longest time of an execution. @default a year, as Step Functions has it */
  readonly TimeoutSeconds?: number;
  readonly States: Readonly<Record<string, State>>;
}

export interface DefinitionProps {
  /** Name of the layer, for people. */
  readonly layer: string;
  /** The function that is told how a run ended. */
  readonly dispatchArn: string;
  /** The topic that is told of runs that are given up. */
  readonly topicArn: string;
  /** Longest time of one run in seconds, with its wait for capacity. */
  readonly timeoutSeconds: number;
}

/** Glue and Lambda ask to be called again for these. Their names come with and without the service's prefix. */
const GLUE_BUSY = [
  "Glue.AWSGlueException",
  "Glue.ConcurrentRunsExceededException",
  "Glue.InternalServiceException",
  "Glue.OperationTimeoutException",
  "Glue.ResourceNumberLimitExceededException",
  "Glue.ThrottlingException",
];
const LAMBDA_BUSY = [
  "Lambda.ClientExecutionTimeoutException",
  "Lambda.SdkClientException",
  "Lambda.ServiceException",
  "Lambda.AWSLambdaException",
  "Lambda.TooManyRequestsException",
];

/** Waits of half a minute and more: capacity does not come back in seconds. */
const RETRY_GLUE = [
  { ErrorEquals: GLUE_BUSY, IntervalSeconds: 30, BackoffRate: 2, MaxAttempts: 6, JitterStrategy: "FULL" },
];
const RETRY_LAMBDA = [
  { ErrorEquals: LAMBDA_BUSY, IntervalSeconds: 2, BackoffRate: 2, MaxAttempts: 6, JitterStrategy: "FULL" },
  // The function's own errors: asked again, it says the same again. What remains is put right by its next sweep.
  { ErrorEquals: ["States.TaskFailed"], IntervalSeconds: 5, BackoffRate: 2, MaxAttempts: 3 },
];

/** What the function answers: a job's own word on its batch wins over how its run ended. */
const JUDGEMENT = {
  "next.$": "$.Payload.next",
  "attempt.$": "$.Payload.attempt",
  "waitSeconds.$": "$.Payload.waitSeconds",
  "reason.$": "$.Payload.reason",
};

/** What both calls of the function say of the run. */
const OF_THE_RUN = {
  action: "finish",
  "job.$": "$.job",
  "batchId.$": "$.batchId",
  "attempt.$": "$.attempt",
  "execution.$": "$$.Execution.Name",
};

/**
 * One batch of one job: runs it, tells the dispatch function how it ended, and does again what may succeed another time.
 * Its input: `job`, `jobName`, `batchId`, `attempt` and the job's `arguments`.
 */
export function runDefinition({ layer, dispatchArn, topicArn, timeoutSeconds }: DefinitionProps): Definition {
  const untold = (next: string) => [{ ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: next }];
  /** Stands where the function's judgement would: it could not be asked. */
  const givenUp = (reason: string): State => ({
    Type: "Pass",
    Result: { next: "failed", reason },
    ResultPath: "$.judgement",
    Next: "Publish",
  });
  const ask = (payload: object, otherwise: string): State => ({
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke",
    Parameters: { FunctionName: dispatchArn, Payload: { ...OF_THE_RUN, ...payload } },
    ResultSelector: JUDGEMENT,
    ResultPath: "$.judgement",
    Retry: RETRY_LAMBDA,
    Catch: untold(otherwise),
    Next: "Choose",
  });
  return {
    Comment: `One ${layer} run`,
    StartAt: "Run",
    States: {
      Run: {
        Type: "Task",
        Resource: "arn:aws:states:::glue:startJobRun.sync",
        Parameters: { "JobName.$": "$.jobName", "Arguments.$": "$.arguments" },
        TimeoutSeconds: timeoutSeconds,
        ResultPath: "$.run",
        Retry: RETRY_GLUE,
        Catch: untold("Judge"),
        Next: "Finish",
      },
      Finish: ask({ outcome: "succeeded" }, "Unrecorded"),
      Judge: ask({ outcome: "failed", "error.$": "$.error" }, "Unjudged"),
      Choose: {
        Type: "Choice",
        Choices: [
          { Variable: "$.judgement.next", StringEquals: "done", Next: "Succeed" },
          { Variable: "$.judgement.next", StringEquals: "retry", Next: "Wait" },
        ],
        Default: "Publish",
      },
      Succeed: { Type: "Succeed" },
      Wait: { Type: "Wait", SecondsPath: "$.judgement.waitSeconds", Next: "Again" },
      Again: {
        Type: "Pass",
        Parameters: {
          "job.$": "$.job",
          "jobName.$": "$.jobName",
          "batchId.$": "$.batchId",
          "attempt.$": "$.judgement.attempt",
          "arguments.$": "$.arguments",
        },
        Next: "Run",
      },
      Unrecorded: givenUp("the run succeeded, and it could not be recorded; the next sweep finds it"),
      Unjudged: givenUp("the run failed, and it could not be recorded; the next sweep finds it"),
      Publish: {
        Type: "Task",
        Resource: "arn:aws:states:::sns:publish",
        Parameters: {
          TopicArn: topicArn,
          Subject: `A ${layer} run failed`,
          "Message.$": "States.Format('{}, batch {}: {}', $.job, $.batchId, $.judgement.reason)",
        },
        ResultPath: "$.published",
        Retry: [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 2, BackoffRate: 2, MaxAttempts: 4 }],
        Catch: untold("Failed"),
        Next: "Failed",
      },
      Failed: {
        Type: "Fail",
        Error: "RunFailed",
        Cause: "The run was given up: its record and the message of the alarm topic say why",
      },
    },
  };
}
