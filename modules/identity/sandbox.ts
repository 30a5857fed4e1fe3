import { Construct } from "constructs";
import { ownSandboxFolder, sandboxPart } from "../../contracts/sandbox";
import { Key } from "../keys/key";
import type { AlarmTopic } from "../monitoring/alarm-topic";
import { bucketMetrics } from "../monitoring/metric";
import type { Place } from "../place";
import { Bucket } from "../storage/bucket";
import { deleteGrants, listGrant, WRITE_KEY_ACTIONS } from "../storage/bucket-grants";
import { readByClearance, writeByClearance } from "./clearance";
import { peopleRules } from "./people-rules";
import type { Role } from "./role";

export interface SandboxProps {
  readonly place: Place;
  readonly bucketName: string;
  /** Name behind `alias/` of its key. */
  readonly keyAlias: string;
  /** Name of the alarm on its size. */
  readonly alarmName: string;
  /** Days after which what people put there is deleted. */
  readonly keepFilesDays: number;
  /** Gigabytes above which an alarm is raised. */
  readonly alarmAboveGb: number;
  readonly accessLogBucket?: string;
  readonly alarms: AlarmTopic;
  /** May a deployment delete what people have put there? */
  readonly removable: boolean;
}

/** Days for which a file can be had again that was deleted or written over by mistake. */
const KEEP_OLD_VERSIONS_DAYS = 7;
const GIGABYTE = 1024 ** 3;

/**
 * Where people try things out: each has a folder for each clearance, `<clearance>/<role id>:<session name>/`, that nobody
 * else opens, nor they themselves with another clearance. Nothing lasts there.
 */
export class Sandbox extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: SandboxProps) {
    super(scope, id);
    const { place, removable, keepFilesDays, alarmAboveGb } = props;
    const key = new Key(this, "key", { place, alias: props.keyAlias, description: "Sandboxes of people", removable });
    this.bucket = new Bucket(this, "store", {
      name: props.bucketName,
      key,
      lifecycle: { expireAfterDays: keepFilesDays, keepOldVersionsDays: KEEP_OLD_VERSIONS_DAYS },
      accessLogBucket: props.accessLogBucket,
      removable,
    });
    props.alarms.alarm(this, "size", {
      name: props.alarmName,
      description: `The sandboxes of people hold more than ${alarmAboveGb} GB together: somebody keeps there what belongs elsewhere, or more than they need. What is older than ${keepFilesDays} days goes by itself.`,
      runbook: `${sandboxPart}-size`,
      metric: bucketMetrics(props.bucketName).size,
      threshold: alarmAboveGb * GIGABYTE,
    });
  }

  /** What the bucket refuses. @param people ARNs of the roles of all people @param owners those who have a sandbox */
  hold(people: readonly string[], owners: readonly string[]): void {
    for (const rule of peopleRules({ bucketArn: this.bucket.arn, people, classifiers: owners }))
      this.bucket.allow(rule);
    this.bucket.allow({
      Sid: "PeopleHaveTheirOwnFolder",
      Effect: "Deny",
      Principal: "*",
      Action: ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"],
      NotResource: this.own,
      Condition: { ArnEquals: { "aws:PrincipalArn": people } },
    });
  }

  /**
   * People of the roles have folders of their own: what they bring is classified, as in the zones. The bucket's own policy
   * lets them, as theirs have little room.
   */
  open(owners: readonly Role[]): void {
    const { bucket } = this;
    const target = { arn: bucket.arn, path: this.node.id };
    const grants = [
      listGrant(target, "own", [`${ownSandboxFolder}*`]),
      ...readByClearance("Own", [this.own]),
      ...writeByClearance("Own", [this.own]),
      ...deleteGrants(target, ownSandboxFolder),
    ];
    for (const grant of grants)
      bucket.allow({ ...grant, Effect: "Allow", Principal: { AWS: owners.map(({ arn }) => arn) } });
    for (const owner of owners) bucket.key.grantUseVia(owner, "s3", WRITE_KEY_ACTIONS);
  }

  /** The objects of whoever asks. */
  private get own(): string {
    return `${this.bucket.arn}/${ownSandboxFolder}*`;
  }
}
