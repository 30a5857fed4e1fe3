import type { Stack } from "../support/stack";
import { synthesisOf } from "../support/synthesis";
import { CHECKS } from "./checks";
import type { Check } from "./checks/check";
import * as clusters from "./checks/clusters";
import * as settings from "./checks/settings";
import { ATTRIBUTES, WEAKENINGS } from "./hardening-rules";
import {
  changed,
  eachChanged,
  eachStatementChanged,
  type MutableBlock,
  type MutableJson,
  type MutableStack,
  set,
} from "./mutations";

/**
 * A rule is guarded when something fails without it. Here every rule is taken out of the synthesized stacks, one place at
 * a time, and the check that guards it has to find each place.
 */
const stacks = [...synthesisOf("aws").stacks.values()];
const used = new Set<string>();

function findings(check: string, stack: Stack): string[] {
  const guard = CHECKS.get(check);
  if (!guard) throw new Error(`there is no check ${check}`);
  used.add(check);
  return guard.find(stack);
}

/** Asks one check after another until one finds something, and each until it has found something once. */
function foundByAny(stack: Stack): boolean {
  let found = false;
  for (const [name, check] of CHECKS) {
    if (found && used.has(name)) continue;
    if (finds(check, stack)) {
      used.add(name);
      found = true;
    }
  }
  return found;
}

/** A policy that the evaluator refuses to judge is found as well. */
function finds(check: Check, stack: Stack): boolean {
  try {
    return check.find(stack).length > 0;
  } catch {
    return true;
  }
}

describe("without the rule", () => {
  test.each(ATTRIBUTES.map(([check, type, path, broken]) => ({ check, type, path, broken })))(
    "on $path of $type, $check finds each place",
    ({ check, type, path, broken }) => {
      const mutants = stacks.flatMap((stack) => eachChanged(stack, type, (block) => set(block, path, broken)));
      expect(mutants.length).toBeGreaterThan(0);
      expect(mutants.filter(({ stack }) => findings(check, stack).length === 0).map(({ address }) => address)).toEqual(
        [],
      );
    },
  );

  const ENCRYPTION = "aws_s3_bucket_server_side_encryption_configuration";
  const DEFAULT = "rule.0.apply_server_side_encryption_by_default";
  const isOfLogs = (block: MutableBlock) => String(block.bucket).includes("_access-logs_");
  const isQueueWithDeadLetters = (block: MutableBlock) => block.redrive_policy !== undefined;
  test.each<[string, string, (block: MutableBlock) => void, ((block: MutableBlock) => boolean)?]>([
    [
      "queuesHaveDeadLetters",
      "aws_sqs_queue",
      (block) => set(block, "redrive_policy", undefined),
      isQueueWithDeadLetters,
    ],
    [
      "queuesHaveDeadLetters",
      "aws_sqs_queue",
      (block) => set(block, "redrive_allow_policy", undefined),
      (block) => !isQueueWithDeadLetters(block),
    ],
    [
      "bucketsAreComplete",
      ENCRYPTION,
      (block) => set(block, `${DEFAULT}.sse_algorithm`, "AES256"),
      (block) => !isOfLogs(block),
    ],
    [
      "bucketsAreComplete",
      ENCRYPTION,
      (block) => set(block, `${DEFAULT}.kms_master_key_id`, undefined),
      (block) => !isOfLogs(block),
    ],
    // To a bucket that a key encrypts S3 would deliver no log, without a word.
    ["bucketsAreComplete", ENCRYPTION, (block) => set(block, `${DEFAULT}.sse_algorithm`, "aws:kms"), isOfLogs],
    [
      "deadLettersAlarm",
      "aws_cloudwatch_metric_alarm",
      (block) => set(block, "threshold", 10),
      ({ alarm_name: name }) => String(name).endsWith("-dlq-not-empty"),
    ],
    [
      "recordsHaveABucket",
      "aws_s3_bucket",
      (block) => set(block, "object_lock_enabled", false),
      (block) => block.object_lock_enabled === true,
    ],
    [
      "recordsAreSealed",
      "aws_s3_bucket_policy",
      (block) => set(block, "depends_on", []),
      (block) =>
        /_(audit|access-records|flow-records)_|\.(audit|access-records|flow-records)_/.test(String(block.bucket)),
    ],
    ...["pattern", "metric_transformation.name"].map(
      (path): [string, string, (block: MutableBlock) => void, (block: MutableBlock) => boolean] => [
        "callsAreWatched",
        "aws_cloudwatch_log_metric_filter",
        (block) => set(block, path, "other"),
        (block) => JSON.stringify(block).includes("DataLake/Cis"),
      ],
    ),
    [
      "callsAreWatched",
      "aws_cloudwatch_metric_alarm",
      (block) => set(block, "threshold", 10),
      ({ namespace }) => namespace === "DataLake/Cis",
    ],
    [
      "findingsAreTold",
      "aws_cloudwatch_event_rule",
      (block) => set(block, "event_pattern", "{}"),
      ({ name }) => String(name).endsWith("-findings"),
    ],
    ...(
      [
        ["tamperingAlarms", "-records-changed"],
        ["refusalsAlarm", "-refused"],
      ] as const
    ).flatMap(([check, ending]) =>
      (
        [
          ["pattern", "{ ($.eventName = Nothing) }"],
          ["metric_transformation.name", "other"],
        ] as const
      ).map(([path, broken]): [string, string, (block: MutableBlock) => void, (block: MutableBlock) => boolean] => [
        check,
        "aws_cloudwatch_log_metric_filter",
        (block) => set(block, path, broken),
        ({ name }) => String(name).endsWith(ending),
      ]),
    ),
    [
      "tamperingAlarms",
      "aws_cloudwatch_metric_alarm",
      (block) => set(block, "metric_name", "another"),
      ({ alarm_name: name }) => String(name).endsWith("-records-changed"),
    ],
  ])("%s finds each %s that breaks it", (check, type, change, where) => {
    const mutants = stacks.flatMap((stack) => eachChanged(stack, type, change, where));
    expect(mutants.length).toBeGreaterThan(0);
    expect(mutants.filter(({ stack }) => findings(check, stack).length === 0).map(({ address }) => address)).toEqual(
      [],
    );
  });
});

describe("without the resource, each place is found:", () => {
  test.each([
    ["bucketsAreComplete", "aws_s3_bucket_policy"],
    ["bucketsAreComplete", "aws_s3_bucket_public_access_block"],
    ["bucketsAreComplete", "aws_s3_bucket_ownership_controls"],
    ["bucketsAreComplete", "aws_s3_bucket_versioning"],
    ["bucketsAreComplete", "aws_s3_bucket_server_side_encryption_configuration"],
    ["recordsAreLocked", "aws_s3_bucket_object_lock_configuration"],
    ["topicsAreClosed", "aws_sns_topic_policy"],
    ["deployersHaveTheirRights", "aws_iam_role_policy_attachment"],
    ["networkIsClosed", "aws_default_security_group"],
    ["networkIsClosed", "aws_network_acl"],
    ["networkIsClosed", "aws_route_table_association"],
    ["networkWorks", "aws_vpc_security_group_egress_rule"],
    ["networkWorks", "aws_vpc_security_group_ingress_rule"],
    ["accountsAreRecorded", "aws_cloudtrail"],
    ["accountsAreSettled", "aws_s3_account_public_access_block"],
    ["accountsAreSettled", "aws_ebs_encryption_by_default"],
    ["accountsAreSettled", "aws_iam_account_password_policy"],
    ["accountsAreSettled", "aws_ebs_snapshot_block_public_access"],
    ["accountsAreSettled", "aws_emr_block_public_access_configuration"],
    ["accountsAreSettled", "aws_ec2_instance_metadata_defaults"],
    ["accountsAreSettled", "aws_vpc_block_public_access_options"],
    ["accountsHaveContacts", "aws_account_alternate_contact"],
    ["settingsHaveOneOwner", "aws_ssm_parameter"],
    ["bucketsLog", "aws_s3_bucket_logging"],
    ["logsAreReplicated", "aws_s3_bucket_replication_configuration"],
    ["flowsAreRecorded", "aws_flow_log"],
    ["tamperingAlarms", "aws_cloudwatch_log_metric_filter", "^tampering_"],
    ["callsAreWatched", "aws_cloudwatch_log_metric_filter", "^calls_"],
    ["findingsAreTold", "aws_cloudwatch_event_target", "-findings"],
    ["threatsAreSought", "aws_guardduty_detector"],
    ["threatsAreSought", "aws_guardduty_member"],
    ["standardsAreChecked", "aws_securityhub_account"],
    ["standardsAreChecked", "aws_securityhub_member"],
    ["configurationsAreRecorded", "aws_config_configuration_recorder_status"],
    ["configurationsAreRecorded", "aws_config_delivery_channel"],
    ["contentsAreSearched", "aws_macie2_account"],
    ["contentsAreSearched", "aws_macie2_member"],
    ["contentsAreSearched", "aws_macie2_classification_job"],
    ["accessIsAnalyzed", "aws_accessanalyzer_analyzer"],
    ["refusalsAlarm", "aws_cloudwatch_log_metric_filter", "^refusals_"],
    ["refusalsAlarm", "aws_cloudwatch_metric_alarm", "^refusals_"],
    [
      "jobsAreHardened",
      "aws_cloudwatch_log_group",
      "pipelines_(refine|curate)-jobs|pipelines_(maintain|catalogue-report)",
    ],
    ["catalogIsEncrypted", "aws_glue_data_catalog_encryption_settings"],
    ["catalogGoesOnByIam", "aws_lakeformation_data_lake_settings"],
    ["databasesCarryTags", "aws_lakeformation_resource_lf_tags", "_tags-[a-z_]+_[0-9A-F]{8}$"],
    ["tablesCarryTheirClassification", "aws_lakeformation_resource_lf_tags", "_tags-raw_[a-z]+-"],
    ["thoseWhoAskAreOptedIn", "aws_lakeformation_permissions"],
    ["thoseWhoAskAreOptedIn", "aws_lakeformation_opt_in"],
    ["machinesAreHardened", "aws_cloudwatch_metric_alarm", "pipelines_(refine|curate)_runs_"],
    ["functionsAlarm", "aws_cloudwatch_metric_alarm", "intake_errors|_dispatch-errors"],
    ["schedulesArrive", "aws_cloudwatch_metric_alarm", "pipelines_schedules_"],
    ["functionsReachServices", "aws_vpc_endpoint", "-(s3|dynamodb|lambda|sqs|states)_"],
    ["jobsReachServices", "aws_vpc_endpoint", "-(s3|glue|kms|logs|monitoring)_"],
  ])("%s, %s %s", (check, type, which = "") => {
    const mutants = stacks.flatMap((stack) =>
      stack
        .resources(type)
        .filter(({ name }) => new RegExp(which).test(name))
        .map(({ name, address }) => ({
          address,
          stack: changed(stack, ({ resource }) => {
            delete resource[type]?.[name];
          }),
        })),
    );
    expect(mutants.length).toBeGreaterThan(0);
    expect(mutants.filter(({ stack }) => findings(check, stack).length === 0).map(({ address }) => address)).toEqual(
      [],
    );
  });
});

describe("with what must not be, it is found:", () => {
  test.each<[string, string, MutableBlock]>([
    ["networkIsClosed", "aws_internet_gateway", { vpc_id: "vpc-1" }],
    ["networkIsClosed", "aws_nat_gateway", { subnet_id: "subnet-1" }],
    ["networkIsClosed", "aws_eip", { domain: "vpc" }],
    ["networkIsClosed", "aws_route", { destination_cidr_block: "0.0.0.0/0" }],
    ["networkIsClosed", "aws_ec2_managed_prefix_list", { name: "internet" }],
    ["networkIsClosed", "aws_vpc_peering_connection", { vpc_id: "vpc-1" }],
    ["networkIsClosed", "aws_lambda_function_url", { authorization_type: "NONE" }],
    ["dataComesByIamAlone", "aws_lakeformation_resource", { arn: "arn:aws:s3:::lake", hybrid_access_enabled: true }],
    ["rightsAreOurs", "aws_iam_user", { name: "someone" }],
    ["rightsAreOurs", "aws_iam_group", { name: "somebody", path: "/" }],
    ["rightsAreOurs", "aws_iam_group_membership", { group: "somebody" }],
    ["rightsAreOurs", "aws_iam_access_key", { user: "someone" }],
    ["rightsAreOurs", "aws_iam_role_policy_attachment", { policy_arn: "arn:aws:iam::aws:policy/AdministratorAccess" }],
    ["textIsWhole", "aws_s3_object", { key: "code/undefined.zip" }],
    ["textIsWhole", "aws_s3_object", { key: "${TfToken[TOKEN.7]}" }],
    ["textIsWhole", "aws_s3_object", { key: "[object Object]" }],
    ["textIsWhole", "aws_s3_object", { key: "NaN" }],
    ["secretsAreElsewhere", "aws_lambda_function", { environment: { DATABASE_PASSWORD: "hunter2" } }],
    ["secretsAreElsewhere", "aws_ssm_parameter", { value: `${"AKIA"}IOSFODNN7EXAMPLE` }],
    ["secretsAreElsewhere", "aws_ssm_parameter", { value: "-----BEGIN RSA PRIVATE KEY-----" }],
    ["secretsAreElsewhere", "aws_ssm_parameter", { value: "postgres://admin:hunter2@db.example.com/lake" }],
    ["secretsAreElsewhere", "aws_ssm_parameter", { value: `${"ghp"}_abcdefghijklmnopqrstuvwxyz0123456789` }],
  ])("%s, %s %j", (check, type, block) => {
    for (const stack of stacks) {
      const mutant = changed(stack, ({ resource }) => {
        resource[type] = { ...resource[type], mutant: block };
      });
      expect(findings(check, mutant)).not.toEqual([]);
    }
  });
});

describe("when a stack enters its account otherwise, it is found:", () => {
  const provider = (path: string, value?: MutableJson) => (json: MutableStack) =>
    set(json.provider.aws?.[0] as MutableBlock, path, value);
  const backend = (path: string, value?: MutableJson) => (json: MutableStack) =>
    set(json.terraform, `backend.s3.${path}`, value);
  const needsExternalId = stacks.filter(({ name }) => name !== "bootstrap");

  test.each<[string, string, (json: MutableStack) => void, Stack[]]>([
    ["providersAreBound", "in any account", provider("allowed_account_ids"), stacks],
    ["providersAreBound", "in two accounts", provider("allowed_account_ids", ["111111111111", "222222222222"]), stacks],
    ["providersAreBound", "by no role", provider("assume_role"), stacks],
    [
      "providersAreBound",
      "by the role of another account",
      provider("assume_role.0.role_arn", "arn:aws:iam::999999999999:role/x"),
      stacks,
    ],
    ["providersAreBound", "without external id", provider("assume_role.0.external_id"), needsExternalId],
    ["providersAreBound", "without tags", provider("default_tags"), stacks],
    ["providersAreBound", "without an owner", provider("default_tags.0.tags.owner"), stacks],
    ["providersAreBound", "without a cost centre", provider("default_tags.0.tags.cost-centre"), stacks],
    ["providersAreBound", "without provider", (json) => void delete json.provider.aws, stacks],
    ["statesAreSafe", "with an open state", backend("encrypt", false), stacks],
    ["statesAreSafe", "with S3's own key", backend("kms_key_id"), stacks],
    ["statesAreSafe", "without lock", backend("use_lockfile"), stacks],
    ["statesAreSafe", "with the state of another stack", backend("key", "other/terraform.tfstate"), stacks],
    ["statesAreSafe", "with its own credentials", backend("assume_role"), stacks],
    ["statesAreSafe", "without external id for its state", backend("assume_role.external_id"), needsExternalId],
    ["statesAreSafe", "with a local state", (json) => set(json.terraform, "backend", { local: {} }), stacks],
    ["versionsAreKnown", "with any Terraform", (json) => set(json.terraform, "required_version", undefined), stacks],
    [
      "versionsAreKnown",
      "with any provider",
      (json) => set(json.terraform, "required_providers.aws.version", ">= 5"),
      stacks,
    ],
  ])("%s, %s", (check, _, change, of) => {
    expect(of.length).toBeGreaterThan(0);
    for (const stack of of) expect([stack.name, findings(check, changed(stack, change))]).not.toEqual([stack.name, []]);
  });
});

describe("of policies, no statement can be weakened unseen:", () => {
  test.each(Object.entries(WEAKENINGS))("%s", (_, weaken) => {
    const mutants = stacks.flatMap((stack) => eachStatementChanged(stack, weaken));
    expect(mutants.length).toBeGreaterThan(0);
    expect(mutants.filter(({ stack }) => !foundByAny(stack)).map(({ where }) => where)).toEqual([]);
  });

  test("any part of a condition is taken away", () => {
    const mutants = stacks.flatMap((stack) =>
      stack
        .policies()
        .flatMap(({ policy }) =>
          policy.Statement.flatMap(({ Condition = {} }) =>
            Object.entries(Condition).flatMap(([operator, keys]) =>
              Object.keys(keys).map((key) => `${operator} ${key}`),
            ),
          ),
        ),
    );
    const parts = [...new Set(mutants)];
    const unseen = parts.flatMap((part) => {
      const [operator = "", key = ""] = part.split(" ");
      return stacks.flatMap((stack) =>
        eachStatementChanged(stack, (statement) => {
          if (statement.Condition?.[operator]?.[key] === undefined) return false;
          delete statement.Condition[operator][key];
          return [statement];
        })
          .filter((mutant) => !foundByAny(mutant.stack))
          .map(({ where }) => `${where}: ${part}`),
      );
    });
    expect(unseen).toEqual([]);
  });
});

test("every check has found something here, in the tests of clusters, or is asked of each attribute by the run of mutations", () => {
  const elsewhere = { ...settings, ...clusters };
  expect([...CHECKS.keys()].filter((check) => !used.has(check) && !(check in elsewhere))).toEqual([]);
});
