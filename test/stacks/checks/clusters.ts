import type { Block, Json, Resource, Stack } from "../../support/stack";
import { at, type Check, eachResource, isEmpty, OWN_KEY, unlike } from "./check";

/** In which no machine has a public address, and in which no way leads in from outside. */
const PRIVATE_SUBNET = /^\$\{aws_subnet\.network_private-[\w-]+\.id\}$/;
const GROUP = /^\$\{aws_security_group\.[\w-]+\.id\}$/;

/** Tasks of a state machine that call this, by their names; inside of maps and parallel branches, too. */
function tasksOf({ block }: Resource, call: string): [string, Block][] {
  const inside = (states: Json | undefined): [string, Block][] =>
    Object.entries((states ?? {}) as Block).flatMap(([name, value]) => {
      const state = value as Block;
      const own = String(state.Resource ?? "").includes(call) ? [[name, state] as [string, Block]] : [];
      const parts = [state.ItemProcessor, state.Iterator, ...((state.Branches ?? []) as Json[])];
      return [...own, ...parts.flatMap((part) => inside((part as Block | undefined)?.States))];
    });
  return inside((JSON.parse(String(block.definition)) as Block).States);
}

const listAt = (block: Block, path: string) => (at(block, path) ?? []) as readonly Json[];

/** A place in a bucket of the same stack. */
function isOwnPlace(stack: Stack, uri: Json | undefined): boolean {
  const buckets = stack.resources("aws_s3_bucket").map(({ block }) => block.bucket);
  return buckets.includes(/^s3:\/\/([^/]+)\/.+/.exec(String(uri))?.[1] ?? "");
}

/** What Spark's programs of a cluster are set to, by the file. */
function propertiesOf(parameters: Block, classification: string): Block {
  const found = listAt(parameters, "Configurations").find((one) => (one as Block).Classification === classification);
  return ((found as Block | undefined)?.Properties ?? {}) as Block;
}

const IN_TRANSIT = { "spark.authenticate": "true", "spark.network.crypto.enabled": "true" };
const SETTINGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "spark-defaults": {
    ...IN_TRANSIT,
    "spark.network.crypto.saslFallback": "false",
    "spark.io.encryption.enabled": "true",
  },
  "yarn-site": IN_TRANSIT,
};

export const clustersAreHardened = eachResource(
  "aws_sfn_state_machine",
  "every cluster of a state machine is private and encrypted, keeps its logs with a key of ours, ends by itself and lets nobody sign in",
  (machine, stack) =>
    tasksOf(machine, "elasticmapreduce:createCluster").flatMap(([name, { Parameters }]) => {
      const parameters = Parameters as Block;
      const subnets = listAt(parameters, "Instances.Ec2SubnetIds");
      return [
        ...unlike(parameters, {
          ReleaseLabel: /^emr-\d+\.\d+\.\d+$/,
          ServiceRole: /^\$\{aws_iam_role\.[\w-]+\.arn\}$/,
          JobFlowRole: /^\$\{aws_iam_instance_profile\.[\w-]+\.name\}$/,
          SecurityConfiguration: /^\$\{aws_emr_security_configuration\.[\w-]+\.name\}$/,
          LogEncryptionKmsKeyId: OWN_KEY,
          "AutoTerminationPolicy.IdleTimeout": /^[1-9]\d*$/,
          "Instances.EmrManagedMasterSecurityGroup": GROUP,
          "Instances.EmrManagedSlaveSecurityGroup": GROUP,
          "Instances.ServiceAccessSecurityGroup": GROUP,
        }),
        ...(isOwnPlace(stack, parameters.LogUri) ? [] : [`logs to ${parameters.LogUri}`]),
        ...(subnets.length > 0 && subnets.every((id) => PRIVATE_SUBNET.test(String(id))) ? [] : ["is not private"]),
        ...["Instances.Ec2KeyName", "Instances.Ec2SubnetId", "BootstrapActions"]
          .filter((path) => at(parameters, path) !== undefined)
          .map((path) => `has ${path}`),
        ...Object.entries(SETTINGS).flatMap(([file, wanted]) =>
          Object.entries(wanted)
            .filter(([key, value]) => propertiesOf(parameters, file)[key] !== value)
            .map(([key]) => `${file} lacks ${key}`),
        ),
      ].map((text) => `${name}: ${text}`);
    }),
);

export const clustersEncrypt = eachResource(
  "aws_emr_security_configuration",
  "every security configuration of EMR encrypts files and disks with keys of ours, and tells metadata by tokens alone",
  ({ block }) => {
    const said = JSON.parse(String(block.configuration)) as Block;
    const atRest = "EncryptionConfiguration.AtRestEncryptionConfiguration";
    const files = `${atRest}.S3EncryptionConfiguration`;
    return [
      ...unlike(said, {
        "EncryptionConfiguration.EnableAtRestEncryption": true,
        [`${files}.EncryptionMode`]: "SSE-KMS",
        [`${files}.AwsKmsKey`]: OWN_KEY,
        [`${atRest}.LocalDiskEncryptionConfiguration.EncryptionKeyProviderType`]: "AwsKms",
        [`${atRest}.LocalDiskEncryptionConfiguration.AwsKmsKey`]: OWN_KEY,
        [`${atRest}.LocalDiskEncryptionConfiguration.EnableEbsEncryption`]: true,
        "InstanceMetadataServiceConfiguration.MinimumInstanceMetadataServiceVersion": 2,
        "InstanceMetadataServiceConfiguration.HttpPutResponseHopLimit": 1,
      }),
      ...listAt(said, `${files}.EncryptionKeyOverrides`).flatMap((one) =>
        unlike(one as Block, { EncryptionMode: "SSE-KMS", AwsKmsKey: OWN_KEY }),
      ),
    ];
  },
);

export const applicationsAreHardened = eachResource(
  "aws_emrserverless_application",
  "every application of EMR Serverless is private, bounded, and stops by itself",
  ({ block }) => {
    const subnets = listAt(block, "network_configuration.subnet_ids");
    return [
      ...unlike(block, {
        "auto_stop_configuration.enabled": true,
        "auto_stop_configuration.idle_timeout_minutes": /^[1-9]\d*$/,
        "maximum_capacity.cpu": /^[1-9]\d* vCPU$/,
        "network_configuration.security_group_ids.0": GROUP,
      }),
      ...(subnets.length > 0 && subnets.every((id) => PRIVATE_SUBNET.test(String(id))) ? [] : ["is not private"]),
    ];
  },
);

export const serverlessRunsKeepLogs: Check = eachResource(
  "aws_sfn_state_machine",
  "every job of EMR Serverless has a role of ours and keeps its logs with a key of ours",
  (machine, stack) =>
    tasksOf(machine, "emr-serverless:startJobRun").flatMap(([name, { Parameters }]) => {
      const parameters = Parameters as Block;
      const logs = "ConfigurationOverrides.MonitoringConfiguration.S3MonitoringConfiguration";
      return [
        ...unlike(parameters, {
          ExecutionRoleArn: /^\$\{aws_iam_role\.[\w-]+\.arn\}$/,
          [`${logs}.EncryptionKeyArn`]: OWN_KEY,
        }),
        ...(isOwnPlace(stack, at(parameters, `${logs}.LogUri`)) ? [] : ["keeps no logs"]),
        ...(isEmpty(parameters.ApplicationId) ? ["has no application"] : []),
      ].map((text) => `${name}: ${text}`);
    }),
);
