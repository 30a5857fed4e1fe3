import { arnIn } from "../../place";
import { databaseGrants, SECRET_READS } from "../database-grants";
import type { RightsPart } from "./part";

/** What runs and what is asked: functions, jobs, state machines, schedules, databases, the catalog and workgroups. */
export const processingRights: RightsPart = {
  name: "processing",
  services: ["elasticmapreduce", "secretsmanager", "xray"],
  named: ({ place, prefix }) => {
    const named = (service: string, ...shapes: string[]) => shapes.map((shape) => arnIn(place, service, shape));
    return {
      athena: named("athena", `workgroup/${prefix}-*`),
      // Applications have ids, no names.
      "emr-serverless": named("emr-serverless", "/applications/*"),
      // Databases are named for SQL and cannot carry the prefix.
      glue: named(
        "glue",
        // Who deletes a database is asked for its functions too.
        ...["catalog", "database/*", "table/*", "userDefinedFunction/*"],
        ...["connection", "crawler", "job"].map((kind) => `${kind}/${prefix}-*`),
      ),
      lambda: named("lambda", `function:${prefix}-*`, `layer:${prefix}-*`, "event-source-mapping:*"),
      rds: named(
        "rds",
        ...["cluster", "cluster-pg", "cluster-snapshot", "db", "subgrp"].map((of) => `${of}:${prefix}-*`),
      ),
      scheduler: named("scheduler", `schedule-group/${prefix}-*`, `schedule/${prefix}-*/*`),
      states: named("states", `stateMachine:${prefix}-*`),
    };
  },
  unscopedReads: [
    "elasticmapreduce:DescribeSecurityConfiguration",
    "glue:GetSecurityConfiguration",
    "lambda:ListEventSourceMappings",
    // Lists, which a filter and not a name cuts down.
    "rds:DescribeDBClusters",
    "rds:DescribeDBInstances",
    "rds:DescribeGlobalClusters",
    "states:ValidateStateMachineDefinition",
  ],
  deploy: (scope) => [
    {
      // A mapping has no ARN before it is made: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
      Sid: "MapQueues",
      Action: "lambda:CreateEventSourceMapping",
      Resource: "*",
      Condition: { ArnLike: { "lambda:FunctionArn": arnIn(scope.place, "lambda", `function:${scope.prefix}-*`) } },
    },
    // Security configurations have no ARN:
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html
    {
      Sid: "EncryptJobs",
      Action: [
        "elasticmapreduce:CreateSecurityConfiguration",
        "elasticmapreduce:DeleteSecurityConfiguration",
        "glue:CreateSecurityConfiguration",
        "glue:DeleteSecurityConfiguration",
      ],
      Resource: "*",
    },
    // An application has no ARN before it is made.
    { Sid: "MakeApplications", Action: "emr-serverless:CreateApplication", Resource: "*" },
    ...databaseGrants(scope),
  ],
  withheld: () => [
    {
      Sid: "RunAndAskNothing",
      Action: [
        "athena:GetQueryResults*",
        "athena:StartQueryExecution",
        "athena:StartSession",
        "emr-serverless:AccessLivyEndpoints",
        "emr-serverless:StartJobRun",
        "glue:StartCrawler",
        "glue:StartJobRun",
        "lambda:InvokeAsync",
        "lambda:InvokeFunction*",
        "states:RedriveExecution",
        "states:StartExecution",
        "states:StartSyncExecution",
      ],
      Resource: "*",
    },
  ],
  plan: ({ place, prefix }) => [
    {
      Sid: "ReadQueries",
      Action: ["athena:GetNamedQuery", "athena:GetWorkGroup"],
      Resource: arnIn(place, "athena", `workgroup/${prefix}-*`),
    },
    {
      Sid: "ReadSecretSettings",
      Action: SECRET_READS,
      Resource: arnIn(place, "secretsmanager", `secret:${prefix}-*`),
    },
  ],
};
