import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { GlueCrawler } from "@cdktf/provider-aws/lib/glue-crawler";
import { Construct } from "constructs";
import { Queue } from "../events/queue";
import { Role } from "../identity/role";
import type { Key } from "../keys/key";
import type { AlarmTopic } from "../monitoring/alarm-topic";
import { queueMetrics } from "../monitoring/metric";
import { arnIn } from "../place";
import { trustService } from "../policies/statement";
import type { SparkEnvironment } from "../spark/spark-environment";
import type { Zone } from "../storage/zone";
import { grantCrawlTables } from "./table-grants";

export interface LandingCrawlerProps {
  /** Encryption and retention of its logs, and its way into the network. */
  readonly environment: SparkEnvironment;
  /** Physical name of the crawler, its role, its queue and the rule that fills it. */
  readonly name: string;
  /** Zone in which the files lie. */
  readonly zone: Zone;
  /** Where in the zone's bucket, e.g. `landing/`: each folder in there is a table. */
  readonly prefix: string;
  /** Database of the tables. */
  readonly database: { readonly name: string; readonly reference: string };
  /** Key of the catalog. */
  readonly catalogKey: Key;
  /** When it crawls: a cron expression in UTC. */
  readonly schedule: string;
  readonly alarms: AlarmTopic;
}

/** For so long an event is hidden while a crawl works on it, divided by what queues multiply it with: an hour in all. */
const CRAWL_SECONDS = 600;
/** Of the 14 days that SQS keeps a message: then there is time left to find out why nothing is crawled. */
const FORGOTTEN_SECONDS = 10 * 24 * 3600;

/**
 * Makes tables of files that no contract declares: one a folder, with the columns of all its files. Events name the folders
 * in which something is new, so a crawl looks at these alone. It changes no file and removes no table.
 */
export class LandingCrawler extends Construct {
  private readonly queue: Queue;
  private readonly logGroup: string;
  private readonly props: LandingCrawlerProps;

  constructor(scope: Construct, id: string, props: LandingCrawlerProps) {
    super(scope, id);
    this.props = props;
    const { environment, name, zone, prefix, database } = props;
    const role = new Role(this, "role", {
      name,
      description: `Crawler ${name}: describes what lies below ${prefix}`,
      trust: [trustService("glue.amazonaws.com", environment.place.accountId)],
      boundaryArn: environment.boundaryArn,
    });
    this.queue = this.addEvents();
    this.logGroup = crawlerLogGroup(role.name, environment.name);
    const logs = new CloudwatchLogGroup(this, "logs", {
      name: this.logGroup,
      kmsKeyId: environment.key.arn,
      retentionInDays: environment.logRetentionDays,
    });
    this.grantCrawl(role);
    const [connectionName] = environment.connections;
    new GlueCrawler(this, "crawler", {
      name,
      description: `Makes tables of the folders below ${prefix} of ${zone.bucket.name}`,
      role: role.arn,
      databaseName: database.reference,
      s3Target: [{ path: `s3://${zone.bucket.name}/${prefix}`, connectionName, eventQueueArn: this.queue.arn }],
      configuration: crawlerConfiguration(prefix),
      schemaChangePolicy: { updateBehavior: "UPDATE_IN_DATABASE", deleteBehavior: "LOG" },
      recrawlPolicy: { recrawlBehavior: "CRAWL_EVENT_MODE" },
      schedule: props.schedule,
      securityConfiguration: environment.securityConfiguration,
      dependsOn: [role.policy, logs],
    });
    this.addAlarms();
  }

  /** The role may start and watch crawls, read what they log, and bring back events of crawls that failed. */
  grantOperate(role: Role): void {
    const { environment, name } = this.props;
    role.allow(
      {
        Sid: "RunCrawler",
        Action: ["glue:GetCrawler", "glue:ListCrawls", "glue:StartCrawler", "glue:StopCrawler"],
        Resource: arnIn(environment.place, "glue", `crawler/${name}`),
      },
      {
        Sid: "ReadCrawlerLogs",
        Action: ["logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents"],
        Resource: arnIn(environment.place, "logs", `log-group:${this.logGroup}:*`),
      },
    );
    this.queue.grantRedrive(role);
  }

  /** The zone's own queue hears of these files too, and S3 refuses overlapping filters: so this one listens to EventBridge. */
  private addEvents(): Queue {
    const { environment, name, zone, prefix, alarms } = this.props;
    const { place } = environment;
    const queue = new Queue(this, "landing-events", {
      place,
      name,
      key: zone.key,
      alarms,
      sender: { service: "events.amazonaws.com", sourceArn: arnIn(place, "events", `rule/${name}`) },
      consumerTimeoutSeconds: CRAWL_SECONDS,
    });
    const rule = new CloudwatchEventRule(this, "rule", {
      name,
      description: `New objects below ${prefix} of ${zone.bucket.name}`,
      eventPattern: JSON.stringify({
        source: ["aws.s3"],
        "detail-type": ["Object Created"],
        detail: { bucket: { name: [zone.bucket.name] }, object: { key: [{ prefix }] } },
      }),
    });
    new CloudwatchEventTarget(this, "target", {
      rule: rule.name,
      arn: queue.arn,
      inputTransformer: asNotification(place.region, zone.bucket.name),
    });
    return queue;
  }

  /** What a crawl takes: to read the files, to write the tables, and to take events; never to change or delete data. */
  private grantCrawl(role: Role): void {
    const { environment, zone, prefix, database, catalogKey } = this.props;
    const { place } = environment;
    zone.bucket.grantRead(role, prefix);
    grantCrawlTables(role, { place, key: catalogKey }, database.name);
    role.allow(
      { Sid: "FindBucket", Action: "s3:GetBucketLocation", Resource: zone.bucket.arn },
      {
        Sid: "TakeEvents",
        // https://docs.aws.amazon.com/glue/latest/dg/crawler-s3-event-notifications.html
        Action: [
          "sqs:DeleteMessage",
          "sqs:GetQueueAttributes",
          "sqs:GetQueueUrl",
          "sqs:ListDeadLetterSourceQueues",
          "sqs:ListQueueTags",
          "sqs:PurgeQueue",
          "sqs:ReceiveMessage",
          "sqs:SetQueueAttributes",
        ],
        Resource: this.queue.arn,
      },
      {
        Sid: "WriteLogs",
        // Glue ties the key of the security configuration to the group again:
        // https://docs.aws.amazon.com/glue/latest/dg/set-up-encryption.html
        Action: ["logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: ["", ":*"].map((streams) => arnIn(place, "logs", `log-group:${this.logGroup}${streams}`)),
      },
    );
    zone.key.grantUseVia(role, "sqs", ["kms:Decrypt"]);
    environment.grantJoin(role);
  }

  private addAlarms(): void {
    const { alarms, name } = this.props;
    alarms.alarm(this, "stale-events", {
      name: `${name}-old-message`,
      description: `${name} holds an event that is ${FORGOTTEN_SECONDS / 86400} days old, and SQS deletes it soon: the crawler ${name} does not run, or does not take its events.`,
      runbook: "landing-crawler",
      metric: queueMetrics(name).age,
      threshold: FORGOTTEN_SECONDS,
    });
    alarms.tell(this, "crawl-failed", {
      name: `${name}-failed`,
      description: "Crawls of files that no contract declares have failed",
      pattern: {
        source: ["aws.glue"],
        "detail-type": ["Glue Crawler State Change"],
        detail: { crawlerName: [name], state: ["Failed"] },
      },
      values: { crawler: "$.detail.crawlerName", reason: "$.detail.errorMessage" },
      message: `The crawler <crawler> failed: <reason>. Its log group ${this.logGroup} has the rest; the files are where they were, and the next crawl tries them again.`,
      runbook: "landing-crawler",
    });
  }
}

/**
 * Where Glue writes logs of a crawler with a security configuration: the group is named after both.
 * https://docs.aws.amazon.com/glue/latest/dg/console-security-configurations.html
 */
function crawlerLogGroup(roleName: string, securityConfiguration: string): string {
  return `/aws-glue/crawlers-role/${roleName}-${securityConfiguration}`;
}

/**
 * A table begins at each folder below the prefix, however deep its files lie: without the level, folders that look alike
 * would become partitions of one table. Files that differ make one table all the same, with the columns of all of them.
 * https://docs.aws.amazon.com/glue/latest/dg/crawler-grouping-policy.html
 */
function crawlerConfiguration(prefix: string): string {
  // Levels count from the bucket, which is the first.
  const level = 1 + prefix.split("/").length;
  return JSON.stringify({
    Version: 1,
    Grouping: { TableGroupingPolicy: "CombineCompatibleSchemas", TableLevelConfiguration: level },
    CrawlerOutput: {
      Tables: { AddOrUpdateBehavior: "MergeNewColumns" },
      Partitions: { AddOrUpdateBehavior: "InheritFromTable" },
    },
  });
}

/** Crawlers read notifications as S3 itself sends them to queues, not events of EventBridge. */
function asNotification(region: string, bucketName: string) {
  const notification = {
    Records: [
      {
        eventVersion: "2.1",
        eventSource: "aws:s3",
        awsRegion: region,
        eventTime: "<time>",
        eventName: "ObjectCreated:Put",
        s3: {
          s3SchemaVersion: "1.0",
          bucket: { name: bucketName, arn: `arn:aws:s3:::${bucketName}` },
          object: { key: "<key>", size: "<size>", versionId: "<version>", sequencer: "<sequencer>" },
        },
      },
    ],
  };
  return {
    inputPaths: {
      time: "$.time",
      key: "$.detail.object.key",
      size: "$.detail.object.size",
      version: "$.detail.object.version-id",
      sequencer: "$.detail.object.sequencer",
    },
    // Without quotes EventBridge writes each value as JSON, with whatever its characters ask for.
    inputTemplate: JSON.stringify(notification).replace(/"(<\w+>)"/g, "$1"),
  };
}
