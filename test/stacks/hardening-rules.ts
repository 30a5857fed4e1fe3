import type { MutableJson, MutableStatement } from "./mutations";

/** Rules on attributes: guarded by, type, path, and what stands there when the rule is broken (nothing: it is taken away). */
export const ATTRIBUTES: readonly (readonly [check: string, type: string, path: string, broken?: MutableJson])[] = [
  ["bucketsAreComplete", "aws_s3_bucket_public_access_block", "block_public_acls", false],
  ["bucketsAreComplete", "aws_s3_bucket_public_access_block", "block_public_policy", false],
  ["bucketsAreComplete", "aws_s3_bucket_public_access_block", "ignore_public_acls", false],
  ["bucketsAreComplete", "aws_s3_bucket_public_access_block", "restrict_public_buckets"],
  ["bucketsAreComplete", "aws_s3_bucket_ownership_controls", "rule.object_ownership", "ObjectWriter"],
  ["bucketsAreComplete", "aws_s3_bucket_versioning", "versioning_configuration.status", "Suspended"],
  ["dataIsProtected", "aws_s3_bucket", "force_destroy", true],
  ["dataIsProtected", "aws_s3_bucket", "lifecycle.prevent_destroy", false],
  ["dataIsProtected", "aws_kms_key", "lifecycle"],
  ["dataIsProtected", "aws_kms_key", "deletion_window_in_days", 7],
  ["dataIsProtected", "aws_dynamodb_table", "deletion_protection_enabled", false],
  ["dataIsProtected", "aws_dynamodb_table", "lifecycle.prevent_destroy"],
  ["keysRotate", "aws_kms_key", "enable_key_rotation", false],
  ["keysRotate", "aws_kms_key", "policy"],
  ["tablesAreSafe", "aws_dynamodb_table", "point_in_time_recovery.enabled", false],
  ["tablesAreSafe", "aws_dynamodb_table", "server_side_encryption"],
  ["queuesHaveDeadLetters", "aws_sqs_queue", "kms_master_key_id", "alias/aws/sqs"],
  ["rolesAreBounded", "aws_iam_role", "permissions_boundary"],
  ["rolesAreBounded", "aws_iam_role", "permissions_boundary", "arn:aws:iam::999999999999:policy/any-boundary"],
  ["rightsAreOurs", "aws_iam_role", "managed_policy_arns", ["arn:aws:iam::aws:policy/AdministratorAccess"]],
  ["rightsAreOurs", "aws_iam_role_policy_attachment", "policy_arn", "arn:aws:iam::aws:policy/AdministratorAccess"],
  ["deployersHaveTheirRights", "aws_iam_role_policy_attachment", "role", "lake-prod-made"],
  ["functionsAreHardened", "aws_lambda_function", "vpc_config"],
  ["functionsAreHardened", "aws_lambda_function", "kms_key_arn"],
  ["functionsAreHardened", "aws_lambda_function", "tracing_config.mode", "PassThrough"],
  ["functionsAreHardened", "aws_lambda_function", "reserved_concurrent_executions", -1],
  ["functionsAreHardened", "aws_lambda_function", "logging_config"],
  ["functionsAreHardened", "aws_lambda_function", "dead_letter_config"],
  ["functionsAreHardened", "aws_lambda_event_source_mapping", "function_response_types", []],
  ["functionsAreHardened", "aws_lambda_event_source_mapping", "scaling_config"],
  ["crawlersAreHardened", "aws_glue_crawler", "security_configuration"],
  ["crawlersAreHardened", "aws_glue_crawler", "s3_target.0.path", "s3://lake-prod-drop-333333333333-eu-west-1/"],
  ["crawlersAreHardened", "aws_glue_crawler", "s3_target.0.connection_name"],
  ["crawlersAreHardened", "aws_glue_crawler", "schema_change_policy.delete_behavior", "DELETE_FROM_DATABASE"],
  ["crawlersAreHardened", "aws_glue_crawler", "name", "another"],
  ["crawlersAreHardened", "aws_glue_crawler", "role", "arn:aws:iam::333333333333:role/another"],
  ["jobsAreHardened", "aws_glue_job", "security_configuration"],
  ["jobsAreHardened", "aws_glue_job", "connections", []],
  ["jobsAreHardened", "aws_glue_job", "timeout"],
  ["jobsAreHardened", "aws_glue_job", "max_retries", 1],
  ["jobsAreHardened", "aws_glue_job", "execution_property"],
  ...[
    ["cloudwatch_encryption", "cloudwatch_encryption_mode"],
    ["job_bookmarks_encryption", "job_bookmarks_encryption_mode"],
    ["s3_encryption", "s3_encryption_mode"],
  ].flatMap(([part, mode]) => [
    ["jobsEncrypt", "aws_glue_security_configuration", `encryption_configuration.${part}.${mode}`, "DISABLED"] as const,
    ["jobsEncrypt", "aws_glue_security_configuration", `encryption_configuration.${part}.kms_key_arn`] as const,
  ]),
  [
    "catalogIsEncrypted",
    "aws_glue_data_catalog_encryption_settings",
    "data_catalog_encryption_settings.encryption_at_rest.catalog_encryption_mode",
    "DISABLED",
  ],
  [
    "catalogIsEncrypted",
    "aws_glue_data_catalog_encryption_settings",
    "data_catalog_encryption_settings.encryption_at_rest.sse_aws_kms_key_id",
  ],
  [
    "catalogIsEncrypted",
    "aws_glue_data_catalog_encryption_settings",
    "data_catalog_encryption_settings.connection_password_encryption.return_connection_password_encrypted",
    false,
  ],
  [
    "catalogIsEncrypted",
    "aws_glue_data_catalog_encryption_settings",
    "data_catalog_encryption_settings.connection_password_encryption.aws_kms_key_id",
  ],
  ["connectionsStayInside", "aws_glue_connection", "connection_type", "JDBC"],
  ["connectionsStayInside", "aws_glue_connection", "connection_properties", { PASSWORD: "secret" }],
  ["connectionsStayInside", "aws_glue_connection", "physical_connection_requirements.subnet_id", "subnet-1"],
  ["connectionsStayInside", "aws_glue_connection", "physical_connection_requirements.security_group_id_list", ["sg-1"]],
  ["machinesAreHardened", "aws_sfn_state_machine", "type", "EXPRESS"],
  ["machinesAreHardened", "aws_sfn_state_machine", "tracing_configuration.enabled", false],
  ["machinesAreHardened", "aws_sfn_state_machine", "logging_configuration.level", "OFF"],
  ["machinesAreHardened", "aws_sfn_state_machine", "logging_configuration.log_destination"],
  ["schedulesArrive", "aws_scheduler_schedule", "group_name"],
  ["schedulesArrive", "aws_scheduler_schedule", "kms_key_arn"],
  ["schedulesArrive", "aws_scheduler_schedule", "target.retry_policy.maximum_event_age_in_seconds"],
  ["schedulesArrive", "aws_scheduler_schedule", "target.retry_policy.maximum_retry_attempts"],
  ["logsAreKept", "aws_cloudwatch_log_group", "kms_key_id"],
  ["logsAreKept", "aws_cloudwatch_log_group", "retention_in_days"],
  ["alarmsAct", "aws_cloudwatch_metric_alarm", "alarm_actions", []],
  ["alarmsAct", "aws_cloudwatch_metric_alarm", "alarm_description", "It failed."],
  ["topicsAreClosed", "aws_sns_topic", "kms_master_key_id"],
  ["trailsRecordAll", "aws_cloudtrail", "is_multi_region_trail", false],
  ["trailsRecordAll", "aws_cloudtrail", "include_global_service_events", false],
  ["trailsRecordAll", "aws_cloudtrail", "enable_log_file_validation", false],
  ["trailsRecordAll", "aws_cloudtrail", "enable_logging", false],
  ["trailsRecordAll", "aws_cloudtrail", "kms_key_id"],
  ["trailsRecordAll", "aws_cloudtrail", "cloud_watch_logs_group_arn"],
  ["trailsRecordAll", "aws_cloudtrail", "cloud_watch_logs_role_arn"],
  ["trailsRecordAll", "aws_cloudtrail", "sns_topic_name"],
  ["dataIsRecorded", "aws_cloudtrail", "advanced_event_selector"],
  ["dataIsRecorded", "aws_cloudtrail", "advanced_event_selector.0", { name: "nothing" }],
  ["dataIsRecorded", "aws_cloudtrail", "advanced_event_selector.1", { name: "nothing" }],
  ["dataIsRecorded", "aws_cloudtrail", "advanced_event_selector.2", { name: "nothing" }],
  ["flowsAreRecorded", "aws_flow_log", "traffic_type", "REJECT"],
  ["flowsAreRecorded", "aws_flow_log", "log_destination", "arn:aws:s3:::somewhere"],
  ["flowsAreRecorded", "aws_flow_log", "destination_options.file_format", "plain-text"],
  ["bucketsLog", "aws_s3_bucket_logging", "target_bucket", "lake-prod-access-logs-999999999999-eu-west-1"],
  ["bucketsLog", "aws_s3_bucket_logging", "target_object_key_format"],
  ["logsAreReplicated", "aws_s3_bucket_replication_configuration", "rule.0.status", "Disabled"],
  ["logsAreReplicated", "aws_s3_bucket_replication_configuration", "rule.0.filter.prefix", "some/"],
  [
    "logsAreReplicated",
    "aws_s3_bucket_replication_configuration",
    "rule.0.delete_marker_replication.status",
    "Enabled",
  ],
  ["logsAreReplicated", "aws_s3_bucket_replication_configuration", "rule.0.destination.bucket", "arn:aws:s3:::mine"],
  ["logsAreReplicated", "aws_s3_bucket_replication_configuration", "rule.0.destination.access_control_translation"],
  ["questionsAreBounded", "aws_athena_workgroup", "configuration.enforce_workgroup_configuration", false],
  ["questionsAreBounded", "aws_athena_workgroup", "configuration.bytes_scanned_cutoff_per_query"],
  ["questionsAreBounded", "aws_athena_workgroup", "configuration.result_configuration.encryption_configuration"],
  ["accountsAreSettled", "aws_ebs_snapshot_block_public_access", "state", "block-new-sharing"],
  ["accountsAreSettled", "aws_emr_block_public_access_configuration", "block_public_security_group_rules", false],
  [
    "accountsAreSettled",
    "aws_emr_block_public_access_configuration",
    "permitted_public_security_group_rule_range",
    [{ min_range: 22, max_range: 22 }],
  ],
  ["accountsAreSettled", "aws_ec2_instance_metadata_defaults", "http_tokens", "optional"],
  ["accountsAreSettled", "aws_ec2_instance_metadata_defaults", "http_put_response_hop_limit", 2],
  ["accountsAreSettled", "aws_vpc_block_public_access_options", "internet_gateway_block_mode", "off"],
  ["accountsHaveContacts", "aws_account_alternate_contact", "phone_number"],
  ["settingsHaveOneOwner", "aws_ssm_parameter", "overwrite", true],
  ["settingsHaveOneOwner", "aws_account_alternate_contact", "depends_on"],
  ["settingsHaveOneOwner", "aws_vpc_block_public_access_options", "depends_on"],
  ["recordsAreLocked", "aws_s3_bucket_object_lock_configuration", "rule"],
  ["accountsAreSettled", "aws_s3_account_public_access_block", "block_public_policy", false],
  ["accountsAreSettled", "aws_s3_account_public_access_block", "restrict_public_buckets"],
  ["accountsAreSettled", "aws_ebs_encryption_by_default", "enabled", false],
  ["accountsAreSettled", "aws_iam_account_password_policy", "minimum_password_length", 8],
  ["accountsAreSettled", "aws_iam_account_password_policy", "max_password_age"],
  ["networkIsClosed", "aws_default_security_group", "ingress"],
  ["networkIsClosed", "aws_default_security_group", "egress", [{ from_port: 0, to_port: 0 }]],
  ["networkIsClosed", "aws_subnet", "map_public_ip_on_launch", true],
  ["networkIsClosed", "aws_route_table", "route", [{ cidr_block: "0.0.0.0/0" }]],
  ["networkIsClosed", "aws_vpc_security_group_egress_rule", "cidr_ipv4", "0.0.0.0/0"],
  ["networkIsClosed", "aws_vpc_security_group_egress_rule", "from_port", 22],
  ["networkIsClosed", "aws_vpc_security_group_ingress_rule", "cidr_ipv6", "::/0"],
  ["networkIsClosed", "aws_security_group", "egress", [{ cidr_blocks: ["0.0.0.0/0"] }]],
  ["networkIsClosed", "aws_vpc_endpoint", "policy"],
  ["networkIsClosed", "aws_network_acl", "subnet_ids", []],
  [
    "networkIsClosed",
    "aws_network_acl",
    "ingress",
    [{ rule_no: 1, action: "allow", protocol: "tcp", cidr_block: "0.0.0.0/0", from_port: 22, to_port: 22 }],
  ],
  [
    "networkIsClosed",
    "aws_network_acl",
    "egress",
    [{ rule_no: 1, action: "allow", protocol: "-1", cidr_block: "0.0.0.0/0", from_port: 0, to_port: 0 }],
  ],
  ["networkWorks", "aws_network_acl", "ingress", []],
  ["networkWorks", "aws_network_acl", "egress", []],
  ["networkWorks", "aws_vpc", "enable_dns_support", false],
  ["networkWorks", "aws_vpc", "enable_dns_hostnames", false],
];

/** Each says how a statement is weakened, or `false` when it cannot be so. */
export const WEAKENINGS: Readonly<Record<string, (statement: MutableStatement) => MutableStatement[] | false>> = {
  "its denial is taken away": ({ Effect }) => (Effect === "Deny" ? [] : false),
  "its condition is taken away": ({ Condition, ...statement }) => (Condition === undefined ? false : [statement]),
  "everybody is allowed": (statement) =>
    statement.Effect === "Allow" && statement.Principal !== undefined && statement.Principal !== "*"
      ? [{ ...statement, Principal: "*" }]
      : false,
  "another account is allowed": (statement) =>
    statement.Effect === "Allow" && typeof statement.Principal === "object" && statement.Condition === undefined
      ? [{ ...statement, Principal: { AWS: "arn:aws:iam::999999999999:root" } }]
      : false,
  "everything may be done": (statement) => (statement.Effect === "Allow" ? [{ ...statement, Action: "*" }] : false),
  "every action of the service may be done": (statement) => {
    const [action = ""] = [statement.Action].flat();
    return statement.Effect === "Allow" && !action.endsWith(":*")
      ? [{ ...statement, Action: `${action.split(":")[0]}:*` }]
      : false;
  },
  "it is done in every account": (statement) => {
    const resources = [statement.Resource ?? []].flat();
    const open = resources.map((arn) =>
      arn.replace(/:(\d{12}|\$\{[^}]+\.arn\}):/, ":*:").replace(/^(arn:aws:s3:::)[\w-]*/, "$1*"),
    );
    return statement.Effect === "Allow" && statement.Principal === undefined && open.join() !== resources.join()
      ? [{ ...statement, Resource: open }]
      : false;
  },
  "it is done to everything": (statement) =>
    statement.Effect === "Allow" && statement.Principal === undefined && statement.Resource !== "*"
      ? [{ ...statement, Resource: "*" }]
      : false,
};
