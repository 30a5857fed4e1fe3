import { z } from "zod";

const common = {
  /** Calls for objects or keys that are refused within five minutes. @default 20 */
  refusedCalls: z.int().min(0).max(100_000).default(20),
  /** Dashboards in CloudWatch, each of which costs three US dollars a month after the first three. @default true */
  dashboards: z.boolean().default(true),
};

/** What watching the security account depends on. */
export const securityMonitoringSchema = z.strictObject(common);

/** Limits above which alarms are raised, where they depend on what a lake is used for. */
export const monitoringSchema = z.strictObject({
  ...common,
  /** Messages that wait in a queue for a quarter of an hour: some of these are files. @default 10000 */
  waitingMessages: z.int().min(1).max(10_000_000).default(10_000),
  /** Minutes for which the oldest message of a queue has waited. @default 60 */
  waitingMinutes: z.int().min(5).max(20_160).default(60),
});
