/** What the state machines of all computes are made of. */
import type { Definition } from "../pipelines/definition";

export type State = Definition["States"][string];
export type States = Definition["States"];

/** Errors that a service asks to be called again for; their names come with and without the service's prefix. */
const BUSY = {
  lambda: [
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.SdkClientException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.TooManyRequestsException",
  ],
  sns: ["SNS.InternalErrorException", "SNS.SdkClientException", "SNS.ThrottledException", "SNS.KMSThrottlingException"],
  emr: ["EMR.InternalServerError", "EMR.InternalServerException"],
  serverless: [
    "EMRServerless.InternalServerException",
    "EMRServerless.ServiceQuotaExceededException",
    "EMRServerless.ThrottlingException",
  ],
  glue: [
    "Glue.ConcurrentRunsExceededException",
    "Glue.InternalServiceException",
    "Glue.OperationTimeoutException",
    "Glue.ResourceNumberLimitExceededException",
    "Glue.ThrottlingException",
  ],
};

/**
 * What EMR's SDK has no class for comes by this name: throttling, which passes, and requests that make no sense, which are
 * refused each time. Two more calls are enough for the one, and the other is told soon.
 */
const UNCLEAR: Partial<Record<keyof typeof BUSY, { readonly errors: readonly string[]; readonly attempts: number }>> = {
  emr: { errors: ["EMR.AmazonElasticMapReduceException"], attempts: 2 },
};

/**
 * Calls that were refused are made again, after a wait that grows and is not the same for all. A job that failed is not: the
 * next run reads its window again.
 */
export function retryWhenBusy(service: keyof typeof BUSY, seconds: number, attempts: number): object[] {
  const { [service]: unclear } = UNCLEAR;
  return [{ errors: BUSY[service], attempts }, ...(unclear === undefined ? [] : [unclear])].map(
    ({ errors, attempts: most }) => ({
      ErrorEquals: errors,
      IntervalSeconds: seconds,
      BackoffRate: 2,
      MaxAttempts: most,
      MaxDelaySeconds: 300,
      JitterStrategy: "FULL",
    }),
  );
}

/** Whatever goes wrong: its error is noted, and the way goes on. */
export function caught(next: string): object[] {
  return [{ ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: next }];
}

/** The function asks and notes, and never waits: its own limit and some time to start. */
const CALL_SECONDS = 120;
const PUBLISH_SECONDS = 60;

/** A call of the function; `result` is what of its answer is kept, under its own name. */
export function call(
  functionArn: string,
  payload: object,
  result: { readonly at: string; readonly keys: readonly string[] },
  way: { readonly next: string; readonly otherwise: string },
): State {
  return {
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke",
    Parameters: { FunctionName: functionArn, ...payload },
    ResultSelector: Object.fromEntries(result.keys.map((key) => [`${key}.$`, `$.Payload.${key}`])),
    ResultPath: result.at,
    TimeoutSeconds: CALL_SECONDS,
    Retry: [
      ...retryWhenBusy("lambda", 2, 6),
      // The function's own errors: each of its actions can be asked for again.
      {
        ErrorEquals: ["States.TaskFailed", "States.Timeout"],
        IntervalSeconds: 5,
        BackoffRate: 2,
        MaxAttempts: 3,
        JitterStrategy: "FULL",
      },
    ],
    Catch: caught(way.otherwise),
    Next: way.next,
  };
}

/** A message to a topic. That it could not be sent changes nothing else. */
export function publish(topicArn: string, message: object, next: string): State {
  return {
    Type: "Task",
    Resource: "arn:aws:states:::sns:publish",
    Parameters: { TopicArn: topicArn, ...message },
    ResultPath: "$.published",
    TimeoutSeconds: PUBLISH_SECONDS,
    Retry: retryWhenBusy("sns", 2, 6),
    Catch: caught(next),
    Next: next,
  };
}

/** What the function says of a table, or what stands for it. */
export const SETTLED = ["table", "outcome", "reason", "rows"] as const;

/** Stands where the function's word on a table would: it could not be asked. The next sweep frees the table. */
export function unsettled(next: string): State {
  return {
    Type: "Pass",
    Parameters: {
      "table.$": "$.item.table",
      outcome: "failed",
      reason: "its end could not be recorded; the next sweep frees the table",
      rows: 0,
    },
    ResultPath: "$.settled",
    Next: next,
  };
}
