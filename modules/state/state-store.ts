import { Construct } from "constructs";
import { ENCRYPT_AND_DECRYPT, Key } from "../keys/key";
import type { Place } from "../place";
import type { Statement } from "../policies/statement";
import { Bucket } from "../storage/bucket";

export interface StateStoreProps {
  readonly place: Place;
  readonly bucketName: string;
  readonly keyAlias: string;
  /** Roles that write the state of their stack. */
  readonly writerArns: readonly string[];
  /** Roles that only read it. */
  readonly readerArns: readonly string[];
  /** Pattern of the ARNs of all roles of the lake: the deployers, and every role that they can make. */
  readonly lakeRoles: string;
  /** Bucket for the log of who used the states. */
  readonly accessLogBucket?: string;
  /** May a deployment delete the store, and with it the memory of what was deployed? */
  readonly removable: boolean;
}

/**
 * Where Terraform keeps the state of an account's stacks. State holds secrets: it has its own key, and no deployer can
 * destroy it. No rule ever ends a version: they are small, and the only way back from a damaged state.
 */
export class StateStore extends Construct {
  constructor(scope: Construct, id: string, props: StateStoreProps) {
    super(scope, id);
    const { place, removable } = props;
    const via = { StringEquals: { "kms:ViaService": `s3.${place.region}.amazonaws.com` } };
    const key = new Key(this, "key", { place, alias: props.keyAlias, description: "Terraform state", removable });
    key.allow({
      Sid: "Writers",
      Effect: "Allow",
      Principal: { AWS: props.writerArns },
      Action: ENCRYPT_AND_DECRYPT,
      Resource: "*",
      Condition: via,
    });
    key.allow({
      Sid: "Readers",
      Effect: "Allow",
      Principal: { AWS: props.readerArns },
      Action: ["kms:Decrypt"],
      Resource: "*",
      Condition: via,
    });
    key.allow(refuse("LakeKeepsTheKey", props.lakeRoles, KEY_LOSSES, "*"));
    const bucket = new Bucket(this, "store", {
      name: props.bucketName,
      key,
      lifecycle: {},
      accessLogBucket: props.accessLogBucket,
      removable,
    });
    bucket.allow(refuse("LakeKeepsTheStore", props.lakeRoles, STORE_LOSSES, [bucket.arn, `${bucket.arn}/*`]));
    bucket.allow(refuse("LakeKeepsStates", props.lakeRoles, ["s3:DeleteObject"], `${bucket.arn}/*.tfstate`));
  }
}

/** Ways to lose states, or to let others read them. */
const STORE_LOSSES = [
  "s3:BypassGovernanceRetention",
  "s3:DeleteBucket*",
  "s3:DeleteObjectVersion*",
  "s3:PutBucket*",
  "s3:PutEncryptionConfiguration",
  "s3:PutLifecycleConfiguration",
  "s3:PutObjectAcl",
  "s3:PutReplicationConfiguration",
];

/** Ways to lose the key, and with it every state, or to give it to others. */
const KEY_LOSSES = ["kms:CreateGrant", "kms:DisableKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"];

/** Roles of the lake may not, whatever their policies allow: a deployer could make itself a role of other name. */
function refuse(sid: string, roles: string, actions: readonly string[], resources: string | string[]): Statement {
  return {
    Sid: sid,
    Effect: "Deny",
    Principal: "*",
    Action: actions,
    Resource: resources,
    Condition: { ArnLike: { "aws:PrincipalArn": roles } },
  };
}
