import { EmrserverlessApplication } from "@cdktf/provider-aws/lib/emrserverless-application";
import { Construct } from "constructs";
import { applicationGrants } from "../identity/machines";
import { type Grant, Role } from "../identity/role";
import { arnIn, type Place } from "../place";
import { trustService } from "../policies/statement";
import { type Compute, serverlessCompute } from "./compute";
import type { EmrProps } from "./emr";
import { constantsOf, grantJobs } from "./jobs";
import { SERVERLESS_LOGS } from "./layout";

/** So long an application is kept ready without work, in minutes. It costs nothing then but is slow to start again. */
const IDLE_MINUTES = 15;
/** What a worker has by itself: a unit, as in clusters. */
const WORKER = { cpu: 4, memoryGb: 16, diskGb: 40 };

/** An application of EMR Serverless inside the network: it starts with the first job and stops without work. */
export class EmrServerless extends Construct {
  readonly compute: Compute;
  private readonly place: Place;
  private readonly applicationId: string;
  private readonly role: Role;

  constructor(scope: Construct, id: string, props: EmrProps) {
    super(scope, id);
    const { place, nameOf, network, key, artifacts, world, settings } = props;
    const { spark } = network;
    if (!spark) throw new Error(`the network of ${nameOf("ingest")} has no security groups for jobs`);
    this.place = place;
    this.role = new Role(this, "jobs", {
      name: nameOf("ingest-serverless-jobs"),
      description: "Jobs without servers that read tables of databases",
      trust: [trustService("emr-serverless.amazonaws.com", place.accountId)],
      boundaryArn: props.boundaryArn,
    });
    grantJobs(this.role, world, props.sources);
    artifacts.bucket.grantRead(this.role, "spark/");
    artifacts.bucket.grantWrite(this.role, SERVERLESS_LOGS);
    // Each job has a driver beside what works.
    const workers = settings.coreUnits.max + settings.tablesAtOnce;
    this.applicationId = new EmrserverlessApplication(this, "application", {
      name: nameOf("ingest"),
      type: "Spark",
      releaseLabel: settings.releaseLabel,
      architecture: "X86_64",
      autoStartConfiguration: { enabled: true },
      autoStopConfiguration: { enabled: true, idleTimeoutMinutes: IDLE_MINUTES },
      maximumCapacity: {
        cpu: `${workers * WORKER.cpu} vCPU`,
        memory: `${workers * WORKER.memoryGb} GB`,
        disk: `${workers * WORKER.diskGb} GB`,
      },
      networkConfiguration: { subnetIds: network.privateSubnetIds, securityGroupIds: [spark.core.id] },
    }).id;
    this.compute = serverlessCompute(
      {
        applicationId: this.applicationId,
        roleArn: this.role.arn,
        files: world.files,
        logs: { uri: `s3://${artifacts.bucket.name}/${SERVERLESS_LOGS}`, keyArn: key.arn },
        tags: props.tags,
      },
      constantsOf(world),
    );
  }

  /** What running jobs takes of a state machine: https://docs.aws.amazon.com/step-functions/latest/dg/emr-serverless-iam.html */
  runGrants(): Grant[] {
    const application = arnIn(this.place, "emr-serverless", `/applications/${this.applicationId}`);
    return [
      { Sid: "RunJobs", Action: "emr-serverless:StartJobRun", Resource: application },
      {
        Sid: "FollowJobs",
        Action: ["emr-serverless:CancelJobRun", "emr-serverless:GetJobRun", "emr-serverless:TagResource"],
        Resource: `${application}/jobruns/*`,
      },
      {
        Sid: "GiveJobsTheirRole",
        Action: "iam:PassRole",
        Resource: this.role.arn,
        Condition: { StringEquals: { "iam:PassedToService": "emr-serverless.amazonaws.com" } },
      },
      // The first job starts the application.
      ...applicationGrants(this.place),
      {
        // A rule of Step Functions' own tells it how jobs end.
        Sid: "HearOfJobs",
        Action: ["events:DescribeRule", "events:PutRule", "events:PutTargets"],
        Resource: arnIn(this.place, "events", "rule/StepFunctionsGetEventsForEMRServerlessJobRule"),
      },
    ];
  }
}
