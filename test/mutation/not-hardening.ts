/** Lines that nothing has to notice when they go, by `<kind> <path>`, and why. One that is always noticed has to go. */
export const NOT_HARDENING: readonly (readonly [lines: RegExp, reason: string])[] = [
  [
    / (.*\.)?(description|title|comment)$| (name|presto_view)$|^aws_cloudtrail .*\.name$| tags\.(Name|runbook)$/,
    "a text or name for people",
  ],
  [/ depends_on$/, "an order in which an apply succeeds; where one protects, a check is about it"],
  [/^aws_glue_catalog_(table|database) /, "what a table is: the tests of contracts compare each with its file"],
  [/^aws_athena_named_query /, "a question that is kept, parsed by the tests of queries"],
  [/^aws_dynamodb_table /, "the shape of a table, which functions are tested with"],
  [/^aws_cloudwatch_event_target /, "where an event goes and what people read of it: tests of modules"],
  [/^aws_cloudwatch_metric_alarm (alarm_name|dimensions)/, "which part the alarm is about: tests of modules"],
  [
    /^aws_glue_job (command|default_arguments|glue_version|max_capacity|number_of_workers|worker_type|execution_class)/,
    "what a job runs, and how large",
  ],
  [
    /^aws_glue_crawler (configuration|database_name|recrawl_policy|s3_target\.\*\.event_queue_arn|schedule|schema_change_policy\.update)/,
    "what a crawler does with what it finds",
  ],
  [/^aws_glue_connection physical_connection_requirements\.availability_zone$/, "the zone of the subnet"],
  [
    /^aws_lambda_function (architectures|environment|ephemeral_storage|handler|layers|memory_size|s3_)/,
    "what a function runs, and how large",
  ],
  [/^aws_lambda_layer_version /, "what a layer has"],
  [
    /^aws_lambda_event_source_mapping (batch_size|event_source_arn|function_name|maximum_batching_window_in_seconds)$/,
    "how messages are taken",
  ],
  [
    /^aws_network_acl (egress|ingress)\.\*\.rule_no$|^aws_network_acl vpc_id$/,
    "the order of rules that all allow; Terraform asks for both",
  ],
  [
    /^aws_(route_table|subnet|security_group|vpc_endpoint|vpc_dhcp_options_association|route_table_association) (vpc_id|dhcp_options_id|route_table_id)$/,
    "Terraform refuses the stack without it",
  ],
  [/^aws_security_group revoke_rules_on_delete$/, "whether a deletion waits"],
  [/^aws_subnet availability_zone$|^aws_vpc cidr_block$|^aws_vpc_dhcp_options domain_name$/, "where the network is"],
  [/^aws_s3_account_public_access_block account_id$/, "the account of the provider, by default"],
  [/^aws_s3_bucket_(lifecycle_configuration|notification) bucket$/, "Terraform refuses the stack without it"],
  [/^aws_s3_bucket_notification (eventbridge|queue)/, "who is told of new objects: tests of zones"],
  [/^aws_s3_bucket_logging target_prefix$/, "empty: Terraform refuses the stack without it"],
  [/^aws_s3_bucket_replication_configuration rule\.\*\.(id|priority)$/, "a name and an order of one rule"],
  [/^aws_s3_bucket_server_side_encryption_configuration rule\.\*\.bucket_key_enabled$/, "how often KMS is asked"],
  [/^aws_s3_object (bucket|key|source)$/, "Terraform refuses the stack without it"],
  [
    /^aws_scheduler_schedule (flexible_time_window|schedule_expression|target\.(arn|input))/,
    "what is done when: tests of modules",
  ],
  [
    /^aws_sfn_state_machine (definition|logging_configuration\.include_execution_data)/,
    "what a machine does: tests run each",
  ],
  [/^aws_sqs_queue visibility_timeout_seconds$/, "how long a consumer may take: tests of queues"],
  [/^aws_ssm_parameter (type|value)$/, "the name of the project: tests of the baseline"],
  [/^aws_athena_workgroup configuration\.engine_version/, "which engine answers"],
  [/^aws_cloudtrail .*\.starts_with$/, "without it more is recorded"],
  [
    /^aws_(accessanalyzer_analyzer analyzer_name|config_aggregate_authorization region|config_config_rule source\.owner)$/,
    "Terraform refuses the stack without it",
  ],
  [/^aws_guardduty_(detector_feature|invite_accepter|member) detector_id$/, "Terraform refuses the stack without it"],
  [
    /^aws_macie2_classification_job s3_job_definition\.bucket_definitions\.\*\.account_id$/,
    "Terraform refuses the stack without it",
  ],
  [
    /^aws_macie2_custom_data_identifier (keywords|maximum_match_distance)$/,
    "words near what the expression finds: tests of identifiers compare them with contracts",
  ],
  [
    /^aws_(guardduty_member disable_email_notification|macie2_member invitation_disable_email_notification)$/,
    "a letter to the root user of an account that accepts the invitation by itself",
  ],
  [
    /^aws_lakeformation_(lf_tag values|permissions lf_tag_policy\.resource_type)$/,
    "Terraform refuses the stack without it",
  ],
  [/^aws_securityhub_account control_finding_generator$/, "how findings are counted: once a control"],
  [/^aws_cloudwatch_dashboard /, "a picture"],
  [
    /^aws_iam_(role_policy role|group_policy group|service_linked_role aws_service_name)$/,
    "Terraform refuses the stack without it",
  ],
  [/^aws_kms_key rotation_period_in_days$/, "365 days are the default of KMS"],
];
