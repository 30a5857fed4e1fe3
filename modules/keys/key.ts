import { KmsAlias } from "@cdktf/provider-aws/lib/kms-alias";
import { KmsKey, type KmsKeyConfig } from "@cdktf/provider-aws/lib/kms-key";
import { Lazy } from "cdktf";
import { Construct } from "constructs";
import type { Role } from "../identity/role";
import { accountRootArn, arnIn, type Place, roleArnIn } from "../place";
import { addStatement, policyJson, type Statement } from "../policies/statement";

export interface KeyProps {
  readonly place: Place;
  /** Name behind `alias/`. */
  readonly alias: string;
  /** What the key protects. */
  readonly description: string;
  /** May a deployment delete the key? */
  readonly removable: boolean;
}

/** Days in which a deletion can still be taken back: the most that KMS allows. */
const DELETION_WINDOW_DAYS = 30;
/** The longest that KMS lets a yearly rotation wait would be 2560 days; a year is what CIS asks for. */
const ROTATION_DAYS = 365;

/** What administrators do with a key. Using it is not among them: no account administrator reads data by that office. */
const ADMINISTRATION = [
  "kms:CancelKeyDeletion",
  "kms:CreateAlias",
  "kms:DeleteAlias",
  "kms:DescribeKey",
  "kms:DisableKey",
  "kms:DisableKeyRotation",
  "kms:EnableKey",
  "kms:EnableKeyRotation",
  "kms:GetKeyPolicy",
  "kms:GetKeyRotationStatus",
  "kms:ListGrants",
  "kms:ListKeyPolicies",
  "kms:ListKeyRotations",
  "kms:ListResourceTags",
  "kms:PutKeyPolicy",
  "kms:RevokeGrant",
  "kms:RotateKeyOnDemand",
  "kms:ScheduleKeyDeletion",
  "kms:TagResource",
  "kms:UntagResource",
  "kms:UpdateAlias",
  "kms:UpdateKeyDescription",
];

/** The account administers the key by its IAM policies, and nobody uses it by them. */
export function administration(place: Place): Statement {
  return {
    Sid: "Administration",
    Effect: "Allow",
    Principal: { AWS: accountRootArn(place) },
    Action: ADMINISTRATION,
    Resource: "*",
  };
}

/** A key of KMS with its alias, whose policy has the statements that there are in the end. */
export function addKey(
  scope: Construct,
  props: KeyProps,
  statements: readonly Statement[],
  kind: KmsKeyConfig,
): KmsKey {
  const key = new KmsKey(scope, "key", {
    ...kind,
    description: props.description,
    deletionWindowInDays: DELETION_WINDOW_DAYS,
    policy: Lazy.stringValue({ produce: () => policyJson(statements) }),
    lifecycle: { preventDestroy: !props.removable },
  });
  new KmsAlias(scope, "alias", { name: `alias/${props.alias}`, targetKeyId: key.keyId });
  return key;
}

export const ENCRYPT_AND_DECRYPT = [
  "kms:Decrypt",
  "kms:Encrypt",
  "kms:GenerateDataKey",
  "kms:GenerateDataKeyWithoutPlaintext",
  "kms:ReEncryptFrom",
  "kms:ReEncryptTo",
] as const;

/** What a deployment makes with the key of a lake's operations. */
const DEPLOYED_SERVICES = ["dynamodb", "glue", "lambda", "s3", "scheduler", "sns"];

/**
 * A customer managed key with yearly rotation. Only principals named in its policy can use it: the account's IAM policies
 * alone open nothing.
 */
export class Key extends Construct {
  readonly arn: string;
  readonly aliasArn: string;
  private readonly place: Place;
  private readonly statements: Statement[];

  constructor(scope: Construct, id: string, props: KeyProps) {
    super(scope, id);
    this.place = props.place;
    this.statements = [administration(props.place)];
    this.arn = addKey(this, props, this.statements, {
      enableKeyRotation: true,
      rotationPeriodInDays: ROTATION_DAYS,
    }).arn;
    this.aliasArn = arnIn(props.place, "kms", `alias/${props.alias}`);
  }

  /** The role may use the key, but only through an AWS service (e.g. `s3`): never to decrypt bytes it got elsewhere. */
  grantUseVia(role: Role, service: string, actions: readonly string[] = ENCRYPT_AND_DECRYPT): void {
    const use = {
      Action: actions,
      Condition: { StringEquals: { "kms:ViaService": `${service}.${this.place.region}.amazonaws.com` } },
    };
    this.allow(useBy(role, this.place, pascal(service), use));
    role.allow({ Sid: `${pascal(service)}KeyOf${pascal(this.node.path)}`, Resource: this.arn, ...use });
  }

  /** Roles of other accounts learn the key's ARN, which no name tells, and nothing else. */
  letAsk(sid: string, roleArns: readonly string[]): void {
    if (roleArns.length === 0) return;
    this.allow({ Sid: sid, Effect: "Allow", Principal: { AWS: roleArns }, Action: "kms:DescribeKey", Resource: "*" });
  }

  /**
   * EC2 may encrypt the disks of machines that the role starts: a grant lets it do so for as long as they are there.
   * https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html
   */
  grantDisks(role: Role): void {
    this.grantUseVia(role, "ec2");
    const grants = {
      Action: "kms:CreateGrant",
      Condition: {
        StringEquals: { "kms:ViaService": `ec2.${this.place.region}.amazonaws.com` },
        Bool: { "kms:GrantIsForAWSResource": "true" },
      },
    };
    this.allow({
      Sid: `DisksFor${pascal(role.name)}`,
      Effect: "Allow",
      Principal: { AWS: role.arn },
      Resource: "*",
      ...grants,
    });
    role.allow(
      { Sid: `DisksWith${pascal(this.node.path)}`, Resource: this.arn, ...grants },
      { Sid: `See${pascal(this.node.path)}`, Action: "kms:DescribeKey", Resource: this.arn },
    );
  }

  /** An AWS service may use the key for work of its own, under conditions that say for whom. */
  allowService(sid: string, service: string, actions: readonly string[], condition: Statement["Condition"]): void {
    this.allow({
      Sid: sid,
      Effect: "Allow",
      Principal: { Service: service },
      Action: actions,
      Resource: "*",
      Condition: condition,
    });
  }

  /**
   * The role that applies stacks may configure this key on what it makes: upload artifacts, encrypt a function's
   * environment, make databases and tables in the catalog, and let DynamoDB and Lambda keep a grant.
   * @param services through which. @default dynamodb, glue, lambda, s3, scheduler, sns
   */
  allowDeployer(roleArn: string, services: readonly string[] = DEPLOYED_SERVICES): void {
    const hosts = services.map((service) => `${service}.${this.place.region}.amazonaws.com`);
    const via = { StringEquals: { "kms:ViaService": hosts } };
    this.allow({
      Sid: "DeployerUses",
      Effect: "Allow",
      Principal: { AWS: roleArn },
      Action: [...ENCRYPT_AND_DECRYPT, "kms:DescribeKey"],
      Resource: "*",
      Condition: via,
    });
    this.allow({
      Sid: "DeployerLetsServicesUse",
      Effect: "Allow",
      Principal: { AWS: roleArn },
      Action: "kms:CreateGrant",
      Resource: "*",
      Condition: { ...via, Bool: { "kms:GrantIsForAWSResource": "true" } },
    });
  }

  /**
   * Roles of the account with such a name may use the key through S3, as far as their own policies let them. Stacks that
   * extend a lake come after it, and KMS takes no principal that is not there yet: so these are known by their names.
   */
  allowExtensions(rolePattern: string): void {
    this.allow({
      Sid: "Extensions",
      Effect: "Allow",
      Principal: { AWS: accountRootArn(this.place) },
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: "*",
      Condition: {
        ArnLike: { "aws:PrincipalArn": rolePattern },
        StringEquals: { "kms:ViaService": `s3.${this.place.region}.amazonaws.com` },
      },
    });
  }

  /** The role that plans may see environments of functions, what the catalog and schedules say, and definitions of sources: a plan compares them. */
  allowPlanner(roleArn: string): void {
    this.allow({
      Sid: "PlannerCompares",
      Effect: "Allow",
      Principal: { AWS: roleArn },
      Action: "kms:Decrypt",
      Resource: "*",
      Condition: {
        StringEquals: {
          "kms:ViaService": ["dynamodb", "glue", "lambda", "scheduler"].map(
            (service) => `${service}.${this.place.region}.amazonaws.com`,
          ),
        },
      },
    });
  }

  /** CloudWatch Logs may encrypt the account's log groups. */
  allowLogs(): void {
    this.allowService("Logs", `logs.${this.place.region}.amazonaws.com`, [...ENCRYPT_AND_DECRYPT, "kms:DescribeKey"], {
      ArnLike: { "kms:EncryptionContext:aws:logs:arn": arnIn(this.place, "logs", "log-group:*") },
    });
  }

  /** Adds a statement to the key's policy. */
  allow(statement: Statement): void {
    addStatement(this.statements, statement);
  }
}

/**
 * Statement of a key's policy: a role uses the key. Where the role is one of many, the statement is about all of its kind,
 * as far as their own policies let them: whoever could make one more role of such a name could change the key's policy too.
 */
export function useBy(
  { name, arn, namePattern }: Pick<Role, "name" | "arn" | "namePattern">,
  place: Place,
  label: string,
  { Action, Condition }: Required<Pick<Statement, "Action" | "Condition">>,
): Statement {
  const use = { Effect: "Allow", Action, Resource: "*" } as const;
  if (namePattern === undefined) {
    return { Sid: `${label}For${pascal(name)}`, Principal: { AWS: arn }, ...use, Condition };
  }
  return {
    Sid: `${label}ForAll${pascal(namePattern)}`,
    Principal: { AWS: accountRootArn(place) },
    ...use,
    Condition: { ...Condition, ArnLike: { "aws:PrincipalArn": roleArnIn(place, namePattern) } },
  };
}

/** `prod/zones/drop-key` as `ProdZonesDropKey`: statement ids allow letters and digits only. */
export function pascal(text: string): string {
  return text
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}
