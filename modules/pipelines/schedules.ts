import { SchedulerSchedule } from "@cdktf/provider-aws/lib/scheduler-schedule";
import { SchedulerScheduleGroup } from "@cdktf/provider-aws/lib/scheduler-schedule-group";
import { Construct } from "constructs";
import type { NodeFunction } from "../functions/node-function";
import { Role } from "../identity/role";
import { type Key, pascal } from "../keys/key";
import type { AlarmTopic } from "../monitoring/alarm-topic";
import { scheduleMetrics } from "../monitoring/metric";
import { arnIn, type Place } from "../place";
import { trustService } from "../policies/statement";

export interface SchedulesProps {
  readonly place: Place;
  /** Physical name of the group of schedules and of their role. */
  readonly name: string;
  /** Key of what the schedules say. */
  readonly key: Key;
  readonly alarms: AlarmTopic;
  readonly boundaryArn: string;
}

/** When something happens: an expression of EventBridge Scheduler. */
export interface When {
  /** `cron(0 6 * * ? *)` or `rate(15 minutes)`. */
  readonly expression: string;
  /** @default UTC */
  readonly timezone?: string;
}

/** For so long what could not be delivered is delivered again; later the next turn is near. */
const RETRY_SECONDS = 3600;
const RETRIES = 20;

/** What happens by the clock. */
export class Schedules extends Construct {
  private readonly group: SchedulerScheduleGroup;
  private readonly role: Role;
  private readonly place: Place;
  private readonly keyArn: string;

  constructor(scope: Construct, id: string, props: SchedulesProps) {
    super(scope, id);
    this.place = props.place;
    this.keyArn = props.key.arn;
    this.group = new SchedulerScheduleGroup(this, "group", { name: props.name });
    this.role = new Role(this, "role", {
      name: props.name,
      description: "Starts what is scheduled",
      trust: [trustService("scheduler.amazonaws.com", props.place.accountId)],
      boundaryArn: props.boundaryArn,
    });
    // https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html
    props.key.grantUseVia(this.role, "scheduler", ["kms:Decrypt"]);
    props.alarms.alarm(this, "dropped", {
      name: `${props.name}-dropped`,
      description: `Something that is scheduled in ${props.name} could not be started for ${RETRY_SECONDS / 60} minutes: look at the metrics of EventBridge Scheduler for its reason.`,
      runbook: "schedules-dropped",
      metric: scheduleMetrics(props.name).dropped,
      threshold: 0,
    });
  }

  /** Calls the function. @param id part of the schedule's physical name, unique in the lake */
  call(id: string, description: string, when: When, target: NodeFunction, input: object): void {
    target.grantInvoke(this.role);
    this.add(id, description, when, target.arn, input);
  }

  /** Starts a run of the job. */
  start(id: string, description: string, when: When, job: { readonly name: string }): void {
    this.role.allow({
      Sid: `Start${pascal(id)}`,
      Action: "glue:StartJobRun",
      Resource: arnIn(this.place, "glue", `job/${job.name}`),
    });
    this.add(id, description, when, `arn:${this.place.partition}:scheduler:::aws-sdk:glue:startJobRun`, {
      JobName: job.name,
    });
  }

  private add(id: string, description: string, when: When, arn: string, input: object): void {
    new SchedulerSchedule(this, id, {
      name: id,
      groupName: this.group.name,
      description,
      kmsKeyArn: this.keyArn,
      scheduleExpression: when.expression,
      scheduleExpressionTimezone: when.timezone ?? "UTC",
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn,
        roleArn: this.role.arn,
        input: JSON.stringify(input),
        retryPolicy: { maximumEventAgeInSeconds: RETRY_SECONDS, maximumRetryAttempts: RETRIES },
      },
      dependsOn: [this.role.policy],
    });
  }
}
