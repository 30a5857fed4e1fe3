import type { Clearance, Persona } from "../../contracts/people";
import type { Organization } from "./organization";
import type { Account } from "./schema";

/** First part of the names of the workgroups of people, after the account's own beginning. */
export const QUERY_WORKGROUP = "query";

/**
 * Every physical name of an account, made of project, account, id and region (only buckets share one namespace with the
 * whole world, so only they carry the last two). Names are literals: policies of one stack can speak of another stack's
 * resources without reading its state.
 */
export class Names {
  readonly partition = "aws";
  readonly accountId: string;
  readonly region: string;
  readonly project: string;
  /** `<project>-<account>`, the beginning of every name. */
  readonly prefix: string;

  constructor(organization: Pick<Organization, "project">, account: Pick<Account, "name" | "id" | "region">) {
    this.project = organization.project;
    this.accountId = account.id;
    this.region = account.region;
    this.prefix = `${organization.project}-${account.name}`;
  }

  /** Name of a queue, function, table, role, topic or trail. */
  of(part: string): string {
    return `${this.prefix}-${part}`;
  }

  bucket(part: string): string {
    return `${this.prefix}-${part}-${this.accountId}-${this.region}`;
  }

  get stateBucket(): string {
    return this.bucket("state");
  }

  get auditBucket(): string {
    return this.bucket("audit");
  }

  /** Bucket of the logs of who used the account's buckets. */
  get accessLogBucket(): string {
    return this.bucket("access-logs");
  }

  /** Bucket of all accounts' access logs, in the security account. */
  get accessRecordBucket(): string {
    return this.bucket("access-records");
  }

  /** Bucket of all networks' flow logs, in the security account. */
  get flowRecordBucket(): string {
    return this.bucket("flow-records");
  }

  /** Bucket of what Config records of all accounts, in the security account. */
  get configRecordBucket(): string {
    return this.bucket("config-records");
  }

  /** Bucket of what Macie found in all accounts, in the security account. */
  get discoveryRecordBucket(): string {
    return this.bucket("discovery-records");
  }

  /** Role that replicates the account's access logs. */
  get accessLogRole(): string {
    return this.of("access-logs");
  }

  get trail(): string {
    return this.of("trail");
  }

  get trailArn(): string {
    return this.arn("cloudtrail", `trail/${this.trail}`);
  }

  get stateKeyAlias(): string {
    return `alias/${this.of("state")}`;
  }

  /** Role that applies a stack. */
  get deployRole(): string {
    return this.of("deploy");
  }

  /** Role that plans a stack: reads everything, changes nothing. */
  get planRole(): string {
    return this.of("plan");
  }

  /** The most that any role of the account may ever do. */
  get boundary(): string {
    return this.of("boundary");
  }

  get boundaryArn(): string {
    return this.iamArn(`policy/${this.boundary}`);
  }

  /** The account's own database, and what belongs to it. */
  get database(): string {
    return this.of("database");
  }

  /** Secret with which the account's own database is read. */
  get databaseReader(): string {
    return this.of("database-reader");
  }

  /** Workgroup in which people with the clearance ask. */
  queryWorkgroup(clearance: Clearance): string {
    return this.of(`${QUERY_WORKGROUP}-${clearance}`);
  }

  /** Role of people of one kind. */
  personaRole(persona: Persona): string {
    return this.of(persona);
  }

  /** Roles that stacks beside the lake's make: the keys of zones know them by this name. */
  extensionRole(extension: string, part: string): string {
    return this.of(`x-${extension}-${part}`);
  }

  /** ARN in this account and region. */
  arn(service: string, resource: string): string {
    return `arn:${this.partition}:${service}:${this.region}:${this.accountId}:${resource}`;
  }

  /** ARN of an IAM resource, e.g. `role/lake-prod-deploy`. */
  iamArn(resource: string): string {
    return `arn:${this.partition}:iam::${this.accountId}:${resource}`;
  }

  roleArn(name: string): string {
    return this.iamArn(`role/${name}`);
  }

  bucketArn(part: string): string {
    return `arn:${this.partition}:s3:::${this.bucket(part)}`;
  }
}
