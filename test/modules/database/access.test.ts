import { PLACE, roleArn } from "../../support/module";
import { decide, isAllowed } from "../../support/policy";
import { DEPLOYER, NAME, synth } from "./site";

const READER = `arn:aws:secretsmanager:eu-west-1:111111111111:secret:${NAME}-reader-AbCdEf`;
const MASTER = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:rds!cluster-0f3c-AbCdEf";

const stack = synth();
const key = `\${${stack.only("aws_kms_key", "database").address}.arn}`;

describe("the passwords", () => {
  const keyPolicy = stack.policyOf(stack.only("aws_kms_key", "database"));
  const policies = {
    "reader-of-tables": stack.policyOf(stack.only("aws_iam_role_policy", "reader-of-tables")),
    "lake-prod-load-database": stack.policyOf(stack.only("aws_iam_role_policy", "load_job")),
  };
  const may = (role: keyof typeof policies, action: string, resource: string) =>
    decide(policies[role], "identity", { caller: { arn: roleArn(role) }, action, resource });

  test("are read by who reads the database, and the master's only by the job that fills it", () => {
    const read = "secretsmanager:GetSecretValue";
    expect(may("reader-of-tables", read, READER)).toBe("allow");
    expect(may("reader-of-tables", read, MASTER)).toBe("none");
    expect(may("reader-of-tables", "secretsmanager:PutSecretValue", READER)).toBe("none");
    expect(may("lake-prod-load-database", read, MASTER)).toBe("allow");
    expect(may("lake-prod-load-database", "secretsmanager:PutSecretValue", READER)).toBe("allow");
    expect(may("lake-prod-load-database", "secretsmanager:PutSecretValue", MASTER)).toBe("none");
    expect(may("lake-prod-load-database", read, READER.replace("reader", "other"))).toBe("none");
  });

  test("open with the database's key, through Secrets Manager only", () => {
    const decrypt = (role: keyof typeof policies, service: string, action = "kms:Decrypt") =>
      isAllowed(
        {
          caller: { arn: roleArn(role) },
          action,
          resource: stack.resolve(key),
          context: { "kms:ViaService": `${service}.eu-west-1.amazonaws.com` },
        },
        { owner: PLACE.accountId, identity: [policies[role]], resource: keyPolicy },
      );
    expect(decrypt("reader-of-tables", "secretsmanager")).toBe(true);
    expect(decrypt("reader-of-tables", "rds")).toBe(false);
    expect(decrypt("reader-of-tables", "secretsmanager", "kms:GenerateDataKey")).toBe(false);
    expect(decrypt("lake-prod-load-database", "secretsmanager", "kms:GenerateDataKey")).toBe(true);
  });

  test("are encrypted for a deployment by RDS and Secrets Manager, and for no other service", () => {
    const use = (service: string) =>
      decide(keyPolicy, "resource", {
        caller: { arn: DEPLOYER },
        action: "kms:GenerateDataKey",
        resource: "*",
        context: { "kms:ViaService": `${service}.eu-west-1.amazonaws.com` },
      });
    expect(use("rds")).toBe("allow");
    expect(use("secretsmanager")).toBe("allow");
    expect(use("s3")).toBe("none");
  });
});

describe("the job that fills it", () => {
  const job = stack.only("aws_glue_job").block;

  test("knows the database by its endpoint and secrets, and runs once at a time inside the network", () => {
    const address = stack.only("aws_rds_cluster").address;
    expect(job.default_arguments).toMatchObject({
      "--host": `\${${address}.endpoint}`,
      "--port": `\${${address}.port}`,
      "--database": "lake",
      "--master_secret": `\${${address}.master_user_secret[0].secret_arn}`,
      "--reader_secret": `\${${stack.only("aws_secretsmanager_secret").address}.arn}`,
    });
    const files = (job.default_arguments as Record<string, string>)["--extra-files"] ?? "";
    expect(stack.resolve(files)).toMatch(/^s3:\/\/the-artifacts\/spark\/authorities\/[0-9a-f]+\/rds-ca\./);
    expect(job.execution_property).toEqual({ max_concurrent_runs: 1 });
    expect(job.connections).toHaveLength(2);
  });

  test("reads what is loaded, and changes nothing of it", () => {
    const policy = stack.policyOf(stack.only("aws_iam_role_policy", "load_job"));
    const may = (action: string) =>
      decide(policy, "identity", {
        caller: { arn: roleArn("lake-prod-load-database") },
        action,
        resource: "arn:aws:s3:::the-raw/sales/orders/x.parquet",
      });
    expect(may("s3:GetObject")).toBe("allow");
    expect(may("s3:PutObject")).toBe("none");
    expect(may("s3:DeleteObject")).toBe("none");
  });
});
