import type { DatabaseProps } from "../../../modules/database/database";
import { roleArn } from "../../support/module";
import { decide } from "../../support/policy";
import { NAME, synth } from "./site";

const stack = synth();
const cluster = stack.only("aws_rds_cluster").block;
const key = `\${${stack.only("aws_kms_key", "database").address}.arn}`;

describe("the cluster", () => {
  test("is encrypted with a key of its own, and so is its master's password, which no state knows", () => {
    expect(cluster).toMatchObject({
      storage_encrypted: true,
      kms_key_id: key,
      manage_master_user_password: true,
      master_user_secret_kms_key_id: key,
      master_username: "lake_master",
    });
    expect(Object.keys(cluster).filter((name) => /^master_password/.test(name))).toEqual([]);
  });

  test("cannot be deleted, nor its backups, unless it is to be removed", () => {
    expect(cluster).toMatchObject({
      deletion_protection: true,
      delete_automated_backups: false,
      skip_final_snapshot: false,
      final_snapshot_identifier: `${NAME}-final`,
      lifecycle: { prevent_destroy: true },
    });
    const removable = synth({ removable: true });
    expect(removable.only("aws_rds_cluster").block).toMatchObject({
      deletion_protection: false,
      delete_automated_backups: true,
      skip_final_snapshot: true,
      lifecycle: { prevent_destroy: false },
    });
    expect(removable.only("aws_secretsmanager_secret").block.recovery_window_in_days).toBe(0);
    expect(stack.only("aws_secretsmanager_secret").block.recovery_window_in_days).toBe(30);
  });

  test("keeps its backups and their tags, and writes its log to a group with a key and an end", () => {
    expect(cluster).toMatchObject({
      backup_retention_period: 14,
      copy_tags_to_snapshot: true,
      enabled_cloudwatch_logs_exports: ["postgresql"],
      depends_on: [stack.only("aws_cloudwatch_log_group", "database").address],
    });
    expect(stack.only("aws_cloudwatch_log_group", "database").block).toMatchObject({
      name: `/aws/rds/cluster/${NAME}/postgresql`,
      kms_key_id: `\${${stack.only("aws_kms_key", "key").address}.arn}`,
      retention_in_days: 30,
    });
  });

  test("stands in the data subnets, in the group of databases, and is entered by passwords only", () => {
    expect(cluster).toMatchObject({
      vpc_security_group_ids: [`\${${stack.only("aws_security_group", "network_databases").address}.id}`],
      iam_database_authentication_enabled: false,
      db_subnet_group_name: `\${${stack.only("aws_db_subnet_group").address}.name}`,
    });
    const subnets = stack.only("aws_db_subnet_group").block.subnet_ids as string[];
    expect(subnets).toHaveLength(2);
    for (const subnet of subnets) expect(subnet).toMatch(/aws_subnet\.network_data-/);
  });

  test("takes no connection without TLS, and logs who connects and what is slow", () => {
    const { family, parameter } = stack.only("aws_rds_cluster_parameter_group").block;
    const values = Object.fromEntries(
      (parameter as { name: string; value: string }[]).map(({ name, value }) => [name, value]),
    );
    expect(family).toBe("aurora-postgresql17");
    expect(values).toMatchObject({
      "rds.force_ssl": "1",
      ssl_min_protocol_version: "TLSv1.2",
      log_connections: "1",
      log_min_duration_statement: "1000",
      log_statement: "ddl",
    });
  });

  test("grows between its capacities", () => {
    expect(cluster.serverlessv2_scaling_configuration).toEqual({ min_capacity: 0.5, max_capacity: 4 });
  });

  test("names its port only where it is another than Aurora's own", () => {
    expect(cluster.port).toBeUndefined();
    expect(synth({ port: 6543 }).only("aws_rds_cluster").block.port).toBe(6543);
  });

  test("needs subnets for databases", () => {
    expect(() => synth({}, ["private"])).toThrow("no subnets for databases");
  });
});

describe("its servers", () => {
  test("are never public, follow minor versions, and prove their name with an authority that lasts", () => {
    const instances = stack.resources("aws_rds_cluster_instance");
    expect(instances).toHaveLength(2);
    for (const { block } of instances) {
      expect(block).toMatchObject({
        instance_class: "db.serverless",
        publicly_accessible: false,
        auto_minor_version_upgrade: true,
        ca_cert_identifier: "rds-ca-rsa2048-g1",
        copy_tags_to_snapshot: true,
      });
    }
  });

  test("are watched, in what is encrypted with the database's key", () => {
    for (const { block } of stack.resources("aws_rds_cluster_instance")) {
      expect(block).toMatchObject({
        monitoring_interval: 60,
        monitoring_role_arn: `\${${stack.only("aws_iam_role", "database_monitoring").address}.arn}`,
        performance_insights_enabled: true,
        performance_insights_kms_key_id: key,
        performance_insights_retention_period: 7,
      });
    }
  });

  test("let RDS write down how they are, and nothing else", () => {
    const policy = stack.policyOf(stack.only("aws_iam_role_policy", "database_monitoring"));
    const may = (action: string, group: string) =>
      decide(policy, "identity", {
        caller: { arn: roleArn(`${NAME}-monitoring`) },
        action,
        resource: `arn:aws:logs:eu-west-1:111111111111:log-group:${group}`,
      });
    expect(may("logs:PutLogEvents", "RDSOSMetrics:log-stream:any")).toBe("allow");
    expect(may("logs:PutLogEvents", "/aws/lambda/any")).toBe("none");
  });
});

describe("its alarms", () => {
  const alarms = new Map(
    stack
      .resources("aws_cloudwatch_metric_alarm")
      .map(({ block }) => [String(block.alarm_name).replace(`${NAME}-`, ""), block]),
  );

  test("watch what runs out, by the cluster's name", () => {
    expect([...alarms.keys()].sort()).toEqual([
      "capacity-used-up",
      "connections-high",
      "cpu-high",
      "deadlocks",
      "local-storage-low",
      "memory-low",
      "replica-lag",
    ]);
    for (const alarm of alarms.values()) {
      expect(alarm).toMatchObject({ namespace: "AWS/RDS", dimensions: { DBClusterIdentifier: NAME } });
      expect(alarm.alarm_actions).toHaveLength(1);
    }
  });

  test("are raised by too little of what there should be, and by lasting load only", () => {
    expect(alarms.get("memory-low")).toMatchObject({ comparison_operator: "LessThanThreshold", statistic: "Minimum" });
    expect(alarms.get("local-storage-low")?.comparison_operator).toBe("LessThanThreshold");
    expect(alarms.get("cpu-high")).toMatchObject({ evaluation_periods: 3, threshold: 90 });
    expect(alarms.get("deadlocks")).toMatchObject({
      comparison_operator: "GreaterThanThreshold",
      evaluation_periods: 1,
    });
  });

  test("know how many connections the capacity allows", () => {
    const threshold = (size: Partial<DatabaseProps>) =>
      synth(size)
        .resources("aws_cloudwatch_metric_alarm")
        .find(({ block }) => String(block.alarm_name).endsWith("connections-high"))?.block.threshold;
    expect(alarms.get("connections-high")?.threshold).toBe(604);
    expect(threshold({ maxCapacity: 256 })).toBe(1600);
    expect(threshold({ minCapacity: 1, maxCapacity: 256 })).toBe(4000);
  });

  test("speak of standby servers only where there are any", () => {
    const names = synth({ instances: 1 })
      .resources("aws_cloudwatch_metric_alarm")
      .map(({ block }) => block.alarm_name);
    expect(names).not.toContain(`${NAME}-replica-lag`);
  });
});
