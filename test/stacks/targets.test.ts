import { readFileSync } from "node:fs";
import { join } from "node:path";
import { filesBelow } from "../../tools/build/zip";
import type { Block, Json, Stack } from "../support/stack";
import { LOCAL_ENDPOINT, synthesisOf } from "../support/synthesis";

const aws = synthesisOf("aws");
const local = synthesisOf("local");
const names = [...aws.stacks.keys()];

/** Everything that is deployed: without how to get there. */
function deployed(stack: Stack): unknown {
  const { provider: _, terraform = {}, ...rest } = stack.json;
  const { backend: __, ...settings } = terraform as Block;
  return { ...rest, terraform: settings };
}

/** What one block has that the other has not, or otherwise. */
function added(block: Block, to: Block): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(block).filter(([key, value]) => JSON.stringify(to[key]) !== JSON.stringify(value)),
  );
}

const LOCAL_PROVIDER = [
  "access_key",
  "endpoints",
  "http_proxy",
  "https_proxy",
  "max_retries",
  "s3_use_path_style",
  "secret_key",
  "skip_credentials_validation",
  "skip_metadata_api_check",
  "skip_region_validation",
];
const LOCAL_BACKEND = [
  "access_key",
  "endpoints",
  "secret_key",
  "skip_credentials_validation",
  "skip_metadata_api_check",
  "skip_region_validation",
  "use_path_style",
];

describe("AWS and the local AWS", () => {
  test("get the same stacks in the same order", () => {
    expect([...local.stacks.keys()]).toEqual(names);
    expect(local.dependencies).toEqual(aws.dependencies);
  });

  test.each(names)("get the same %s, byte for byte, apart from how to get there", (name) => {
    const [onLocal, onAws] = [deployed(local.stack(name)), deployed(aws.stack(name))];
    expect(onLocal).toEqual(onAws);
    expect(JSON.stringify(onLocal) === JSON.stringify(onAws)).toBe(true);
  });

  test("get the same files", () => {
    const assets = (folder: string) => filesBelow(join(folder, "stacks"), (path) => path.includes("/assets/"));
    const [onAws, onLocal] = [assets(aws.folder), assets(local.folder)];
    expect([...onLocal.keys()].sort()).toEqual([...onAws.keys()].sort());
    expect(onAws.size).toBeGreaterThan(0);
    for (const [path, content] of onAws) expect(Buffer.compare(content, onLocal.get(path) ?? Buffer.of())).toBe(0);
  });

  test.each(names)("differ in %s by an endpoint and its credentials alone", (name) => {
    const providers = (stack: Stack) => stack.json.provider?.aws ?? [];
    const [onAws, onLocal] = [providers(aws.stack(name)), providers(local.stack(name))];
    expect(onLocal).toHaveLength(onAws.length);
    onLocal.forEach((provider, index) => {
      expect(Object.keys(added(provider, onAws[index] ?? {})).sort()).toEqual(LOCAL_PROVIDER);
      expect(Object.keys(added(onAws[index] ?? {}, provider))).toEqual([]);
    });
    const backend = (stack: Stack) => (stack.json.terraform?.backend as Block | undefined)?.s3 as Block;
    expect(Object.keys(added(backend(local.stack(name)), backend(aws.stack(name)))).sort()).toEqual(LOCAL_BACKEND);
    expect(added(backend(aws.stack(name)), backend(local.stack(name)))).toEqual({});
  });
});

test.each(names)("%s for AWS knows no endpoint, no credentials and no short cut", (name) => {
  const text = readFileSync(join(aws.folder, "stacks", name, "cdk.tf.json"), "utf8");
  for (const trace of [
    "127.0.0.1",
    "localhost",
    LOCAL_ENDPOINT,
    "access_key",
    "secret_key",
    '"endpoints"',
    "skip_credentials",
    "skip_metadata",
    "skip_region",
    "skip_requesting",
    "http_proxy",
    "path_style",
  ]) {
    expect([trace, text.includes(trace)]).toEqual([trace, false]);
  }
});

/** Services of the provider by the beginning of the resource types that they make. */
const SERVICES: readonly (readonly [prefix: string, service: string])[] = [
  ["aws_accessanalyzer", "accessanalyzer"],
  ["aws_account", "account"],
  ["aws_athena", "athena"],
  ["aws_budgets", "budgets"],
  ["aws_ce_", "ce"],
  ["aws_cloudtrail", "cloudtrail"],
  ["aws_cloudwatch_dashboard", "cloudwatch"],
  ["aws_cloudwatch_event", "events"],
  ["aws_cloudwatch_log", "logs"],
  ["aws_cloudwatch_metric", "cloudwatch"],
  ["aws_db_subnet_group", "rds"],
  ["aws_default_security_group", "ec2"],
  ["aws_dynamodb", "dynamodb"],
  ["aws_ebs", "ec2"],
  ["aws_ec2", "ec2"],
  ["aws_emr", "emr"],
  ["aws_config_", "configservice"],
  ["aws_flow_log", "ec2"],
  ["aws_guardduty", "guardduty"],
  ["aws_macie2", "macie2"],
  ["aws_securityhub", "securityhub"],
  ["aws_glue", "glue"],
  ["aws_iam", "iam"],
  ["aws_kms", "kms"],
  ["aws_lakeformation", "lakeformation"],
  ["aws_lambda", "lambda"],
  ["aws_network_acl", "ec2"],
  ["aws_rds", "rds"],
  ["aws_route_table", "ec2"],
  ["aws_s3_account", "s3control"],
  ["aws_s3", "s3"],
  ["aws_scheduler", "scheduler"],
  ["aws_secretsmanager", "secretsmanager"],
  ["aws_security_group", "ec2"],
  ["aws_sfn", "sfn"],
  ["aws_sns", "sns"],
  ["aws_sqs", "sqs"],
  ["aws_ssm", "ssm"],
  ["aws_subnet", "ec2"],
  ["aws_vpc", "ec2"],
];

test.each(names)(
  "every service that %s uses is pointed at the local AWS: nothing of a local run reaches AWS",
  (name) => {
    const stack = local.stack(name);
    const types = new Set([...stack.resources().map(({ type }) => type), ...Object.keys(stack.json.data ?? {})]);
    const services = [...types].map((type) => {
      const service = SERVICES.find(([prefix]) => type.startsWith(prefix))?.[1];
      if (service === undefined) throw new Error(`say in this test to which service ${type} belongs`);
      return service;
    });
    for (const provider of stack.json.provider?.aws ?? []) {
      const [endpoints] = provider.endpoints as readonly Block[];
      for (const service of [...services, "sts"])
        expect([service, endpoints?.[service]]).toEqual([service, LOCAL_ENDPOINT]);
      expect(new Set(Object.values(endpoints ?? {}))).toEqual(new Set([LOCAL_ENDPOINT]));
    }
  },
);

/** Statements that keep records for as long as nobody may delete them. */
const KEEPING = [
  "DeployerAloneWritesKeyPolicy",
  "DeployerAloneWritesPolicy",
  "NobodyChangesSettings",
  "NobodyDeletesTrailLogs",
  "NobodyEndsRecords",
  "NobodyRemovesRecords",
  "NobodyRemovesTheKey",
];

/** The statement by which a deployment removes what is in a bucket together with it. */
const EMPTYING = "EmptyBuckets";

test("leave to delete data changes what protects it, and nothing else", () => {
  const removable = synthesisOf("removable");
  for (const name of names) {
    const before = local.stack(name);
    const after = removable.stack(name);
    expect(after.resources().map(({ address }) => address)).toEqual(before.resources().map(({ address }) => address));
    const blocks = new Map(before.resources().map(({ address, block }) => [address, block]));
    const changes = after
      .resources()
      .flatMap(({ address, block }) => Object.keys(added(block, blocks.get(address) ?? {})));
    const ofDatabases = [
      "delete_automated_backups",
      "deletion_protection",
      "recovery_window_in_days",
      "skip_final_snapshot",
    ];
    const allowed = ["deletion_protection_enabled", "force_destroy", "lifecycle", "policy", ...ofDatabases];
    expect(changes.filter((key) => !allowed.includes(key))).toEqual([]);
    const policies = (stack: Stack) =>
      new Map(stack.policies().map(({ resource, policy }) => [resource.address, policy.Statement]));
    for (const [address, statements] of policies(before)) {
      const kept = policies(after)
        .get(address)
        ?.filter(({ Sid }) => Sid !== EMPTYING);
      expect(kept).toEqual(
        statements.filter(({ Sid = "" }) => !KEEPING.includes(Sid) || kept?.length === statements.length),
      );
    }
  }
});
