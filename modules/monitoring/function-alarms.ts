import type { Construct } from "constructs";
import type { AlarmTopic } from "./alarm-topic";
import { functionMetrics } from "./metric";

export interface FunctionAlarmsProps {
  readonly alarms: AlarmTopic;
  /** Physical name of the function. */
  readonly name: string;
  readonly timeoutSeconds: number;
  /** What follows from an error and where to look. */
  readonly advice: string;
  /** Construct id of the alarm on errors. @default errors */
  readonly errorsId?: string;
}

/** Of a function's time: who takes more is soon cut off in the middle of his work. */
const SHARE_OF_TIME = 0.8;
/** A single call that is held back comes again by itself; a quarter of an hour of them is no chance. */
const THROTTLED_PERIODS = 3;

/** Tells of a function that fails, is held back, or takes almost all of its time. */
export function addFunctionAlarms(scope: Construct, props: FunctionAlarmsProps): void {
  const { alarms, name, timeoutSeconds, advice, errorsId = "errors" } = props;
  const { errors, throttles, duration } = functionMetrics(name);
  alarms.alarm(scope, errorsId, {
    name: `${name}-errors`,
    description: `${name} failed: ${advice} Its log group is /aws/lambda/${name}.`,
    runbook: "function-errors",
    metric: errors,
    threshold: 0,
  });
  alarms.alarm(scope, `${errorsId}-throttles`, {
    name: `${name}-throttles`,
    description: `Calls of ${name} have been held back for a quarter of an hour: more of them come than may run at once.`,
    runbook: "function-throttles",
    metric: throttles,
    threshold: 0,
    periods: THROTTLED_PERIODS,
  });
  alarms.alarm(scope, `${errorsId}-duration`, {
    name: `${name}-duration`,
    description: `One in a hundred calls of ${name} takes more than ${100 * SHARE_OF_TIME} % of the ${timeoutSeconds} seconds after which Lambda cuts it off.`,
    runbook: "function-duration",
    metric: duration,
    threshold: SHARE_OF_TIME * timeoutSeconds * 1000,
  });
}
