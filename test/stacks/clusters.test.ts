import type { Block, Stack } from "../support/stack";
import {
  applicationsAreHardened,
  clustersAreHardened,
  clustersEncrypt,
  serverlessRunsKeepLogs,
} from "./checks/clusters";
import { lakeOf } from "./lake-of";
import { eachChanged, type MutableBlock, set } from "./mutations";
import { networkOfSources, sources } from "./sources";

/** Clusters are made by state machines and by settings that are text: scanners see neither. */
const stack = lakeOf({ network: networkOfSources }, { sources });

/** The stack for each machine that has the state, with the state changed. */
function withState(type: string, change: (parameters: MutableBlock) => void): Stack[] {
  const changeState = (states: MutableBlock) => {
    for (const value of Object.values(states)) {
      const state = value as MutableBlock;
      if (String(state.Resource ?? "").includes(type)) change(state.Parameters as MutableBlock);
      const { States } = ((state.ItemProcessor ?? {}) as MutableBlock) ?? {};
      if (States !== undefined) changeState(States as MutableBlock);
    }
  };
  return eachChanged(
    stack,
    "aws_sfn_state_machine",
    (block) => {
      const definition = JSON.parse(String(block.definition)) as MutableBlock;
      changeState(definition.States as MutableBlock);
      block.definition = JSON.stringify(definition);
    },
    ({ definition }) => String(definition).includes(type),
  ).map((changed) => changed.stack);
}

function withConfiguration(path: string, value?: string | boolean | number): Stack[] {
  return eachChanged(stack, "aws_emr_security_configuration", (block) => {
    const said = JSON.parse(String(block.configuration)) as MutableBlock;
    set(said, path, value);
    block.configuration = JSON.stringify(said);
  }).map((changed) => changed.stack);
}

const CHECKS = [clustersAreHardened, clustersEncrypt, applicationsAreHardened, serverlessRunsKeepLogs];

test.each(CHECKS.map((check) => [check.name, check] as const))("%s", (_, check) => {
  expect(check.find(stack)).toEqual([]);
});

test("each kind is there, so that something is checked", () => {
  const definitions = stack.resources("aws_sfn_state_machine").map(({ block }) => String(block.definition));
  for (const call of ["elasticmapreduce:createCluster", "emr-serverless:startJobRun"]) {
    expect(definitions.filter((text) => text.includes(call))).toHaveLength(1);
  }
  for (const type of ["aws_emr_security_configuration", "aws_emrserverless_application"]) stack.only(type);
});

describe("of a cluster it is noticed", () => {
  const PUBLIC = "${aws_subnet.network_public-a_1.id}";

  test.each([
    ["that it is of any release", "ReleaseLabel", "latest"],
    ["that EMR has no role of ours", "ServiceRole", "EMR_DefaultRole"],
    ["that its machines have no role of ours", "JobFlowRole", "EMR_EC2_DefaultRole"],
    ["that it encrypts nothing", "SecurityConfiguration", undefined],
    ["that it keeps no logs", "LogUri", undefined],
    ["that its logs go elsewhere", "LogUri", "s3://elsewhere/emr/"],
    ["that its logs have no key of ours", "LogEncryptionKmsKeyId", undefined],
    ["that it stays for ever", "AutoTerminationPolicy", undefined],
    ["that it is public", "Instances.Ec2SubnetIds.1", PUBLIC],
    ["that it is nowhere", "Instances.Ec2SubnetIds", undefined],
    ["that it is in a subnet besides", "Instances.Ec2SubnetId", PUBLIC],
    ["that its first machine has any group", "Instances.EmrManagedMasterSecurityGroup", undefined],
    ["that its machines have any group", "Instances.EmrManagedSlaveSecurityGroup", undefined],
    ["that EMR reaches it by any group", "Instances.ServiceAccessSecurityGroup", undefined],
    ["that people sign in", "Instances.Ec2KeyName", "mine"],
    ["that it runs something first", "BootstrapActions", "s3://elsewhere/run.sh"],
    ["that Spark trusts anybody", "Configurations.0.Properties.spark~authenticate", "false"],
    ["that Spark talks in the clear", "Configurations.0.Properties.spark~network~crypto~enabled", undefined],
    ["that Spark falls back", "Configurations.0.Properties.spark~network~crypto~saslFallback", "true"],
    ["that Spark spills in the clear", "Configurations.0.Properties.spark~io~encryption~enabled", undefined],
    ["that YARN talks in the clear", "Configurations.1.Properties.spark~network~crypto~enabled", undefined],
  ])("%s", (_, path, value) => {
    const mutants = withState("elasticmapreduce:createCluster", (parameters) => setAt(parameters, path, value));
    expect(mutants).toHaveLength(1);
    for (const mutant of mutants) expect(clustersAreHardened.find(mutant)).not.toEqual([]);
  });

  const encryption = "EncryptionConfiguration";
  const files = `${encryption}.AtRestEncryptionConfiguration.S3EncryptionConfiguration`;
  const disks = `${encryption}.AtRestEncryptionConfiguration.LocalDiskEncryptionConfiguration`;
  test.each([
    ["that it encrypts nothing at rest", `${encryption}.EnableAtRestEncryption`, false],
    ["that files have S3's key", `${files}.EncryptionMode`, "SSE-S3"],
    ["that files have no key of ours", `${files}.AwsKmsKey`, undefined],
    ["that some files have S3's key", `${files}.EncryptionKeyOverrides.0.EncryptionMode`, "SSE-S3"],
    ["that some files have no key of ours", `${files}.EncryptionKeyOverrides.0.AwsKmsKey`, undefined],
    ["that disks have a key of anybody", `${disks}.EncryptionKeyProviderType`, "Custom"],
    ["that disks have no key of ours", `${disks}.AwsKmsKey`, undefined],
    ["that volumes are in the clear", `${disks}.EnableEbsEncryption`, false],
    [
      "that metadata are told to anybody",
      "InstanceMetadataServiceConfiguration.MinimumInstanceMetadataServiceVersion",
      1,
    ],
    ["that metadata go further", "InstanceMetadataServiceConfiguration.HttpPutResponseHopLimit", 2],
  ])("%s", (_, path, value) => {
    const mutants = withConfiguration(path, value);
    expect(mutants).toHaveLength(1);
    for (const mutant of mutants) expect(clustersEncrypt.find(mutant)).not.toEqual([]);
  });
});

describe("of EMR Serverless it is noticed", () => {
  test.each([
    ["that it never stops", "auto_stop_configuration.enabled", false],
    ["that it is kept without work", "auto_stop_configuration.idle_timeout_minutes", undefined],
    ["that it grows without end", "maximum_capacity", undefined],
    ["that it is outside of the network", "network_configuration", undefined],
    ["that it is in any group", "network_configuration.security_group_ids", undefined],
    ["that it is public", "network_configuration.subnet_ids.0", "${aws_subnet.network_public-a_1.id}"],
  ])("%s", (_, path, value) => {
    const mutants = eachChanged(stack, "aws_emrserverless_application", (block) => set(block, path, value));
    expect(mutants).toHaveLength(1);
    for (const mutant of mutants) expect(applicationsAreHardened.find(mutant.stack)).not.toEqual([]);
  });

  const logs = "ConfigurationOverrides.MonitoringConfiguration.S3MonitoringConfiguration";
  test.each([
    ["that jobs have no role of ours", "ExecutionRoleArn", "arn:aws:iam::111111111111:role/any"],
    ["that jobs keep no logs", logs, undefined],
    ["that logs go elsewhere", `${logs}.LogUri`, "s3://elsewhere/logs/"],
    ["that logs have no key of ours", `${logs}.EncryptionKeyArn`, undefined],
  ])("%s", (_, path, value) => {
    const mutants = withState("emr-serverless:startJobRun", (parameters) => setAt(parameters, path, value));
    expect(mutants).toHaveLength(1);
    for (const mutant of mutants) expect(serverlessRunsKeepLogs.find(mutant)).not.toEqual([]);
  });
});

/** Sets what is at a dotted path; dots of names are written `~`. */
function setAt(block: MutableBlock, path: string, value: string | undefined): void {
  const keys = path.split(".").map((key) => key.replaceAll("~", "."));
  const last = keys.pop() ?? "";
  const parent = keys.reduce<MutableBlock>((inside, key) => inside[key] as MutableBlock, block);
  if (value === undefined) delete (parent as Block & MutableBlock)[last];
  else parent[last] = value;
}
