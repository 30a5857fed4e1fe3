import { z } from "zod";
import { days } from "./fields";

/** How long central records are kept. They are read rarely, and most often while they are new. */
export const recordsSchema = z.strictObject({
  /** Days until records move to Glacier Instant Retrieval: dearer to read, far cheaper to keep. @default 90 */
  coldAfterDays: days.default(90),
  /** Days until records of the trails are deleted, not before their lock ends. @default never */
  trailDays: days.optional(),
  /** Days until access logs are deleted; S3 makes many, and the trails tell the same of the lake's buckets. @default 365 */
  accessLogDays: days.default(365),
  /** Days until flow logs are deleted. @default 365 */
  flowLogDays: days.default(365),
  /** Days until answers to queries are deleted; whoever wants one again asks again. @default 30 */
  queryResultDays: days.default(30),
  /** Gigabytes that one query may read at most: a forgotten day in a query would read, and cost, everything. @default 100 */
  queryScanLimitGb: z.int().min(1).max(10000).default(100),
});

type Retention = { auditLock: { days: number }; records: z.output<typeof recordsSchema> };

/** Records end after they were locked and after they moved to colder storage, or not at all. */
export const endsInOrder = ({ auditLock, records }: Retention, ctx: z.RefinementCtx) => {
  const later = (key: "trailDays" | "accessLogDays" | "flowLogDays", than: number, what: string) => {
    const input = records[key];
    if (input === undefined || input > than) return;
    ctx.addIssue({
      code: "custom",
      path: ["records", key],
      input,
      message: `must be later than ${what} (${than} days)`,
    });
  };
  later("trailDays", auditLock.days, "the end of the lock");
  for (const key of ["trailDays", "accessLogDays", "flowLogDays"] as const) {
    later(key, records.coldAfterDays, "the move to colder storage");
  }
};
