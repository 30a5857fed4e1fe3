import { z } from "zod";

/** Aurora capacity units come in halves: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.how-it-works.html */
const capacity = z
  .number()
  .refine((units) => Number.isInteger(units * 2), "must be a multiple of 0.5")
  .max(256);

/** Words that PostgreSQL or Aurora keep for themselves. */
const RESERVED = ["postgres", "rdsadmin", "template0", "template1", "database", "default", "user", "user_reader"];

/** A PostgreSQL database of the account's own, in its data subnets. */
export const databaseSchema = z
  .strictObject({
    /** Name of the database. @default lake */
    name: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,62}$/, "must be small letters, digits and _, and begin with a letter")
      .refine((name) => !RESERVED.includes(name), `must not be one of ${RESERVED.join(", ")}`)
      .default("lake"),
    /** Least capacity in Aurora capacity units, each 2 GB of memory; with 0 it pauses when nobody asks, and costs storage only. @default 0.5 */
    minCapacity: capacity.min(0).default(0.5),
    /** Most capacity, in the same units. @default 4 */
    maxCapacity: capacity.min(1).default(4),
    /** Servers: one writes, each further one stands by in another zone and can be read from. @default 2 */
    instances: z.int().min(1).max(5).default(2),
    /** Days for which the database can be put back to any second. @default 14 */
    backupDays: z.int().min(1).max(35).default(14),
  })
  .superRefine(({ minCapacity, maxCapacity }, ctx) => {
    if (minCapacity <= maxCapacity) return;
    ctx.addIssue({
      code: "custom",
      path: ["minCapacity"],
      input: minCapacity,
      message: `is more than maxCapacity (${maxCapacity})`,
      params: { fix: `choose ${maxCapacity} or less` },
    });
  });

/** What an account with a database has to have beside it. */
interface Surroundings {
  readonly zones: readonly unknown[];
  readonly network:
    | false
    | { readonly dataSubnets: boolean; readonly spark: boolean; readonly interfaceEndpoints: readonly string[] };
  readonly database: false | z.output<typeof databaseSchema>;
}

/** What loading data into the database calls besides what all jobs do. */
const NEEDED_ENDPOINT = "secretsmanager";

/** A database lies in data subnets, and the job that fills it runs among those of the third zone. */
export function databaseFits({ zones, network, database }: Surroundings, ctx: z.RefinementCtx): void {
  if (database === false) return;
  const issue = (path: PropertyKey[], input: unknown, message: string, fix: string) =>
    ctx.addIssue({ code: "custom", path, input, message, params: { fix } });
  if (zones.length < 3) {
    issue(["database"], database, "needs a third zone: jobs fill it", "add a zone, or set database: false");
  }
  if (network === false) {
    issue(["database"], database, "needs a network to stand in", "give the account a network, or set database: false");
    return;
  }
  if (!network.dataSubnets) {
    issue(["network", "dataSubnets"], false, "leaves no place for the database", "set dataSubnets: true");
  }
  if (!network.interfaceEndpoints.includes(NEEDED_ENDPOINT)) {
    issue(
      ["network", "interfaceEndpoints"],
      network.interfaceEndpoints,
      `lacks ${NEEDED_ENDPOINT}: jobs read the database's passwords there`,
      `add "${NEEDED_ENDPOINT}"`,
    );
  }
}
