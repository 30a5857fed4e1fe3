import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Construct } from "constructs";
import { subnetPlaces, type Tier } from "../../accounts/model/subnets";
import type { FunctionEnvironment } from "../../modules/functions/node-function";
import { Role } from "../../modules/identity/role";
import { Key } from "../../modules/keys/key";
import { AlarmTopic } from "../../modules/monitoring/alarm-topic";
import { Network, type NetworkProps } from "../../modules/network/network";
import { trustService } from "../../modules/policies/statement";
import { type Artifact, Artifacts } from "../../modules/storage/artifacts";
import { Zone, type ZoneProps } from "../../modules/storage/zone";
import { FOREIGN_ACCOUNT, PLACE, roleArn } from "../support/module";
import { testFolder } from "../support/synthesis";

export const BOUNDARY = `arn:aws:iam::${PLACE.accountId}:policy/the-boundary`;

/** A request as clients of today make it. */
export const MODERN = { "aws:SecureTransport": "true", "s3:TlsVersion": "1.3" };

/** Everybody whom a policy may meet, apart from those whom it names. */
export const OTHERS = [
  { arn: roleArn("other") },
  { arn: roleArn("other", FOREIGN_ACCOUNT) },
  { service: "ec2.amazonaws.com" },
  "anonymous",
] as const;

export function keyIn(scope: Construct, id = "key"): Key {
  return new Key(scope, id, { place: PLACE, alias: `the-${id}`, description: "Everything", removable: false });
}

export function roleIn(scope: Construct, name: string): Role {
  return new Role(scope, name, {
    name,
    description: "For tests",
    trust: [trustService("lambda.amazonaws.com", PLACE.accountId)],
    boundaryArn: BOUNDARY,
  });
}

export function alarmsIn(scope: Construct, emails: readonly string[] = []): AlarmTopic {
  return new AlarmTopic(scope, "alarms", {
    place: PLACE,
    name: "the-alarms",
    key: keyIn(scope, "alarms-key"),
    emails,
    runbooks: "docs/runbooks",
  });
}

export function zoneIn(scope: Construct, id: string, alarms: AlarmTopic, change: Partial<ZoneProps> = {}): Zone {
  return new Zone(scope, id, {
    place: PLACE,
    name: `the-${id}`,
    bucketName: `the-${id}-bucket`,
    lifecycle: {},
    streams: [],
    alarms,
    consumerTimeoutSeconds: 60,
    extensionRoles: roleArn("the-x-*"),
    removable: false,
    ...change,
  });
}

/** Subnets of the tiers in the zones, as an account's layout gives them. */
export function placesOf(tiers: readonly Tier[], zones: readonly string[] = ["a", "b"]): NetworkProps["subnets"] {
  return subnetPlaces("10.0.0.0/16", zones, new Set(tiers)).map(({ tier, zone, cidr }) => ({
    tier,
    cidr,
    availabilityZone: `${PLACE.region}${zone}`,
  }));
}

export function networkIn(scope: Construct, change: Partial<NetworkProps> = {}): Network {
  return new Network(scope, "network", {
    place: PLACE,
    name: "the-network",
    cidr: "10.0.0.0/16",
    subnets: placesOf(["private"]),
    databasePort: 5432,
    spark: false,
    interfaceEndpoints: [{ name: "sqs", iamPrefix: "sqs" }],
    accountIds: [PLACE.accountId, "222222222222"],
    ...change,
  });
}

export function functionEnvironment(scope: Construct): FunctionEnvironment {
  const key = keyIn(scope, "operations");
  return {
    place: PLACE,
    network: networkIn(scope),
    artifacts: new Artifacts(scope, "artifacts", { bucketName: "the-artifacts", key, removable: false }),
    key,
    boundaryArn: BOUNDARY,
    architecture: "arm64",
    logRetentionDays: 30,
  };
}

/** A built file; only its hash matters to modules. */
export function artifact(name: string): Artifact {
  const path = join(testFolder(), `${name}.zip`);
  writeFileSync(path, name);
  return { path, sha256: Buffer.from(name.padEnd(32, "-")).toString("hex") };
}
