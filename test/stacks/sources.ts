import { loadContracts, type Source } from "../../contracts";
import type { Compute } from "../../contracts/sources/source";
import { ROOT } from "../support/synthesis";

/** The dataset that they fill. */
export const dataset = loadContracts(ROOT)[0]?.id ?? "";

/** A source that is read by the compute. */
export function sourceOf(compute: Compute, change: Partial<Source> = {}): Source {
  return {
    id: `sales/by_${compute.replace("-", "_")}`,
    domain: "sales",
    name: `by_${compute.replace("-", "_")}`,
    description: "Costs ${of} 5 %{percent}",
    owner: "sales-data@example.com",
    connection: {
      engine: "postgresql",
      host: "db.example.com",
      port: 5432,
      database: "sales",
      secret: compute === "glue" ? "ssm:/sales/reader" : "secretsmanager:sales-reader",
    },
    compute,
    concurrency: 8,
    schedule: { cron: "cron(15 * * * ? *)", timezone: "Europe/Berlin" },
    tables: [
      {
        name: "the orders",
        schema: "public",
        dataset,
        full_load: true,
        partition: { hash: ["order_id"], count: 4 },
        fetch_size: 10_000,
        priority: 50,
      },
    ],
    ...change,
  };
}

/** One for each compute. */
export const sources = (["emr", "emr-serverless", "glue"] as const).map((compute) => sourceOf(compute));
const endpoints = [
  "sqs",
  "glue",
  "kms",
  "lambda",
  "logs",
  "monitoring",
  "states",
  "secretsmanager",
  "ssm",
  "elasticmapreduce",
];
/** A network in which all of them can be read. */
export const networkOfSources = { cidr: "10.0.0.0/16", interfaceEndpoints: endpoints };
