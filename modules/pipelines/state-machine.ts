import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { SfnStateMachine } from "@cdktf/provider-aws/lib/sfn-state-machine";
import { Construct } from "constructs";
import type { NodeFunction } from "../functions/node-function";
import { type Grant, Role } from "../identity/role";
import { type Key, pascal } from "../keys/key";
import type { AlarmTopic } from "../monitoring/alarm-topic";
import { machineMetrics } from "../monitoring/metric";
import type { Topic } from "../monitoring/topic";
import { arnIn, type Place } from "../place";
import { trustService } from "../policies/statement";
import type { Definition } from "./definition";

export interface StateMachineProps {
  readonly place: Place;
  /** Physical name of the state machine and its role. */
  readonly name: string;
  readonly definition: Definition;
  /** The function that it calls. */
  readonly calls: NodeFunction;
  /** What running its jobs takes. */
  readonly runs: readonly Grant[];
  readonly alarms: AlarmTopic;
  /** Topics that it tells besides that of the alarms. @default none */
  readonly tells?: readonly Topic[];
  /** What follows from a failure and where to look: the end of the text of its alarms. */
  readonly advice: string;
  /** Does an execution that somebody ended raise an alarm as well? @default false */
  readonly alarmWhenAborted?: boolean;
  /** Key of its logs. */
  readonly key: Key;
  readonly boundaryArn: string;
  readonly logRetentionDays: number;
}

/** A state machine with a role of its own, which logs what failed, is traced, and raises an alarm for each failed execution. */
export class StateMachine extends Construct {
  private readonly machineArn: string;
  private readonly executionsArn: string;

  constructor(scope: Construct, id: string, props: StateMachineProps) {
    super(scope, id);
    const { place, name } = props;
    this.machineArn = StateMachine.arnOf(place, name);
    this.executionsArn = arnIn(place, "states", `execution:${name}:*`);
    const role = new Role(this, "role", {
      name,
      description: `State machine ${name}`,
      trust: [trustService("states.amazonaws.com", place.accountId)],
      boundaryArn: props.boundaryArn,
    });
    this.allowRuns(role, props);
    const logs = new CloudwatchLogGroup(this, "logs", {
      name: `/aws/vendedlogs/states/${name}`,
      kmsKeyId: props.key.arn,
      retentionInDays: props.logRetentionDays,
    });
    new SfnStateMachine(this, "machine", {
      name,
      type: "STANDARD",
      roleArn: role.arn,
      definition: JSON.stringify(props.definition),
      // Inputs name files and batches, no rows.
      loggingConfiguration: { level: "ERROR", includeExecutionData: true, logDestination: `${logs.arn}:*` },
      tracingConfiguration: { enabled: true },
      dependsOn: [role.policy],
    });
    this.addAlarms(props);
  }

  /** ARN of the state machine of a name: the function that it calls has to know it before the machine is made. */
  static arnOf(place: Place, name: string): string {
    return arnIn(place, "states", `stateMachine:${name}`);
  }

  /** The role may see what became of executions. */
  grantRead(role: Role): void {
    const label = pascal(this.node.path);
    role.allow(
      { Sid: `List${label}`, Action: "states:ListExecutions", Resource: this.machineArn },
      {
        Sid: `Read${label}`,
        Action: ["states:DescribeExecution", "states:GetExecutionHistory"],
        Resource: this.executionsArn,
      },
    );
  }

  /** The role may start executions and see what became of them. */
  grantStart(role: Role): void {
    role.allow({ Sid: `Start${pascal(this.node.path)}`, Action: "states:StartExecution", Resource: this.machineArn });
    this.grantRead(role);
  }

  private allowRuns(role: Role, { runs, calls, alarms, tells = [] }: StateMachineProps): void {
    role.allow(
      ...runs,
      {
        // Knows no resources: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
        Sid: "DeliverLogs",
        Action: [
          "logs:CreateLogDelivery",
          "logs:DescribeLogGroups",
          "logs:DescribeResourcePolicies",
          "logs:GetLogDelivery",
          "logs:ListLogDeliveries",
          "logs:PutResourcePolicy",
          "logs:UpdateLogDelivery",
        ],
        Resource: "*",
      },
      { Sid: "WriteTraces", Action: ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], Resource: "*" },
    );
    calls.grantInvoke(role);
    for (const topic of [alarms, ...tells]) topic.grantPublish(role);
  }

  private addAlarms({ place, alarms, name, advice, alarmWhenAborted = false }: StateMachineProps): void {
    const metrics = machineMetrics(place, name);
    for (const [id, metric, what] of [
      ["failed", metrics.failed, "was given up"],
      ["timed-out", metrics.timedOut, "took too long"],
      ...(alarmWhenAborted ? ([["aborted", metrics.aborted, "was ended by somebody"]] as const) : []),
    ] as const) {
      alarms.alarm(this, id, {
        name: `${name}-runs-${id}`,
        description: `A run of ${name} ${what}; ${advice}`,
        runbook: `runs-${id}`,
        metric,
        threshold: 0,
      });
    }
    alarms.alarm(this, "throttled", {
      name: `${name}-runs-throttled`,
      description: `Step Functions has held back runs of ${name} for a quarter of an hour: they are late, and none is lost.`,
      runbook: "runs-throttled",
      metric: metrics.throttled,
      threshold: 0,
      // Single steps are held back whenever many begin at once, and go on by themselves.
      periods: 3,
    });
  }
}

/** What running Glue jobs, and waiting for their end, takes: https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html */
export function runGlueJobs(place: Place, name: string): Grant {
  return {
    Sid: "RunJobs",
    Action: ["glue:BatchStopJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:StartJobRun"],
    Resource: arnIn(place, "glue", `job/${name}`),
  };
}
