import { lake } from "../accounts/fixtures";
import { CHECKS } from "./checks";
import { lakeOf } from "./lake-of";

const endpoints = ["sqs", "glue", "kms", "lambda", "logs", "monitoring", "states", "secretsmanager"];
const network = { ...lake.network, interfaceEndpoints: endpoints };

describe("a lake with a database", () => {
  const stack = lakeOf({ network, database: { name: "freight", instances: 1 } }, { sources: [] });

  test.each([...CHECKS])("keeps every rule of all stacks: %s", (_, { find }) => {
    expect(find(stack)).toEqual([]);
  });

  test("has its names from the account", () => {
    expect(stack.only("aws_rds_cluster").block).toMatchObject({
      cluster_identifier: "lake-prod-database",
      database_name: "freight",
    });
    expect(stack.only("aws_secretsmanager_secret").block.name).toBe("lake-prod-database-reader");
    expect(stack.resources("aws_glue_job").map(({ block }) => block.name)).toContain("lake-prod-load-database");
  });
});

test("a lake without one has nothing of it", () => {
  const types = new Set(
    lakeOf()
      .resources()
      .map(({ type }) => type),
  );
  for (const type of ["aws_rds_cluster", "aws_db_subnet_group", "aws_secretsmanager_secret"])
    expect(types).not.toContain(type);
});
