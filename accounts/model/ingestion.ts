import { z } from "zod";
import type { Source } from "../../contracts";
import type { Problem } from "../../contracts/problems";
import { managedHost } from "../../contracts/sources/source";
import { days, once } from "./fields";

/**
 * Types of machines with 4 vCPU or more and no disks of their own: what jobs spill goes to volumes, which a key of ours
 * encrypts.
 */
const instanceType = z
  .string()
  .regex(
    /^[cmr]\d[aginz]{0,3}\.\d{0,2}xlarge$/,
    "must be a type of the families c, m or r, xlarge or larger, without disks of its own, such as m6i.xlarge",
  );

/** How tables of databases are brought into the lake. Nothing of it is there without sources. */
export const ingestionSchema = z
  .strictObject({
    /** Release of EMR, for clusters and without servers. @default emr-7.13.0 */
    releaseLabel: z
      .string()
      .regex(/^emr-7\.\d+\.\d+$/, "must be a release of EMR 7, such as emr-7.13.0: jobs are made for its Spark 3.5")
      .default("emr-7.13.0"),
    /** Machines of clusters: EMR takes what is at hand, so more kinds start sooner. @default m5.xlarge, m5a.xlarge, m6a.xlarge, m6i.xlarge */
    instanceTypes: z
      .array(instanceType)
      .min(1)
      .max(30)
      .superRefine(once)
      .default(["m5.xlarge", "m5a.xlarge", "m6a.xlarge", "m6i.xlarge"]),
    /** What works in a cluster at least, beside its primary machine, in units of 4 vCPU and what memory comes with them. @default 1 */
    minUnits: z.int().min(1).max(1000).default(1),
    /** The same at most; without servers, all that works at once. A cluster grows while there is work for it. @default 4 */
    maxUnits: z.int().min(1).max(1000).default(4),
    /** Those machines run on spare capacity, which costs two thirds less, and at the full price where there is none. @default true */
    spot: z.boolean().default(true),
    /** Tables that are read at the same time at most, whatever a source asks for. @default 4 */
    tablesAtOnce: z.int().min(1).max(40).default(4),
    /** Longest time of one table in minutes. @default 240 */
    tableMinutes: z.int().min(5).max(2880).default(240),
    /** Longest time of a run in hours: then it is ended, with its cluster, and its tables are free for the next. @default 12 */
    leaseHours: z.int().min(1).max(72).default(12),
    /** Days for which the history of runs is kept. @default never */
    historyDays: days.optional(),
  })
  .superRefine(({ minUnits, maxUnits, instanceTypes, tableMinutes, leaseHours }, ctx) => {
    const issue = (path: PropertyKey[], input: unknown, message: string, fix: string) =>
      ctx.addIssue({ code: "custom", path, input, message, params: { fix } });
    if (minUnits > maxUnits) {
      issue(["minUnits"], minUnits, `is more than maxUnits (${maxUnits})`, `choose ${maxUnits} or fewer`);
    }
    instanceTypes.forEach((type, index) => {
      const times = /\.(\d*)xlarge$/.exec(type)?.[1];
      const units = times === "" ? 1 : Number(times ?? 1);
      if (units <= maxUnits) return;
      const message = `is a machine of ${units} units, and a cluster has ${maxUnits} at most`;
      issue(["instanceTypes", index], type, message, `choose a smaller one, or set maxUnits: ${units}`);
    });
    if (new Set(instanceTypes.map((type) => /^[a-z]\dg/.test(type))).size > 1) {
      issue(["instanceTypes"], instanceTypes, "mixes two kinds of processors", "name types of Graviton only, or none");
    }
    if (tableMinutes > leaseHours * 60) {
      const fix = `choose ${leaseHours * 60} or fewer, or a longer lease`;
      issue(["tableMinutes"], tableMinutes, `is longer than a run may take (leaseHours: ${leaseHours})`, fix);
    }
  });

/** What an account has, as far as sources depend on it. */
interface Surroundings {
  readonly name: string;
  readonly network: false | { readonly spark: boolean; readonly interfaceEndpoints: readonly string[] };
  /** The account's own database. @default none */
  readonly database?: unknown;
}

/** Has the account a database of its own? */
function hasDatabase({ database }: Pick<Surroundings, "database">): boolean {
  return database !== undefined && database !== false;
}

/**
 * The sources that are deployed into an account: all, apart from those on the account's own database where it has none.
 */
export function sourcesIn(
  account: Pick<Surroundings, "name" | "database">,
  sources: readonly Source[],
): readonly Source[] {
  return sources.filter(({ connection }) => connection.host !== managedHost || hasDatabase(account));
}

/** What the account lacks for its sources: one problem a setting. */
export function ingestionProblems(lakes: readonly Surroundings[], sources: readonly Source[]): Problem[] {
  return lakes.flatMap((account) => {
    const own = sourcesIn(account, sources);
    const file = `accounts/${account.name}.ts`;
    const { network } = account;
    const inNetwork = own.filter(({ compute }) => compute !== "glue").map(({ id }) => id);
    if (network === false) {
      return inNetwork.length === 0
        ? []
        : [
            {
              file,
              path: "network",
              value: false,
              message: `leaves no place for what reads ${inNetwork.join(", ")}`,
              fix: "give the account a network, or let the sources say compute: glue",
            },
          ];
    }
    if (own.length === 0) return [];
    const spark = network.spark
      ? []
      : [
          {
            file,
            path: "network.spark",
            value: false,
            message: `leaves no place for what reads ${own.map(({ id }) => id).join(", ")}`,
            fix: "set spark: true",
          },
        ];
    const missing = Object.entries(neededEndpoints(own)).filter(([name]) => !network.interfaceEndpoints.includes(name));
    return [
      ...spark,
      ...missing.map(([name, reason]) => ({
        file,
        path: "network.interfaceEndpoints",
        value: network.interfaceEndpoints,
        message: `lacks ${name}: ${reason}`,
        fix: `add "${name}"`,
      })),
    ];
  });
}

/** Endpoints that functions and jobs call for these sources, with the reason. */
function neededEndpoints(sources: readonly Source[]): Record<string, string> {
  const secrets = sources.map(({ connection }) => connection.secret ?? "secretsmanager:");
  return {
    states: "the function of ingestion starts runs",
    ...(sources.some(({ compute }) => compute === "emr")
      ? { elasticmapreduce: "the function of ingestion ends clusters that were left behind" }
      : {}),
    ...(sources.some(({ compute }) => compute === "glue")
      ? { logs: "jobs write their logs", monitoring: "jobs write their metrics", glue: "jobs find their connections" }
      : {}),
    ...(secrets.some((secret) => secret.startsWith("secretsmanager:"))
      ? { secretsmanager: "jobs read the password of a database there" }
      : {}),
    ...(secrets.some((secret) => secret.startsWith("ssm:"))
      ? { ssm: "jobs read the password of a database there" }
      : {}),
  };
}
