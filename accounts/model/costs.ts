import { z } from "zod";

/** What the account may cost before people are told. They are told, and nothing is stopped. */
export const costsSchema = z.strictObject({
  /** US dollars a month: told of are four fifths of it, all of it, and a forecast of more. @default 500 */
  monthlyUsd: z.int().min(1).max(10_000_000).default(500),
  /** US dollars by which the costs of a service are higher than they usually are. @default 50 */
  anomalyUsd: z.int().min(1).max(1_000_000).default(50),
  /**
   * Monitor of anomalies that the account has already: AWS lets it have one for all services, and makes it in most new accounts.
   * @default none
   */
  anomalyMonitor: z
    .string()
    .regex(/^arn:aws:ce::\d{12}:anomalymonitor\/[\w-]+$/, "must be the ARN of a monitor of cost anomalies")
    .optional(),
});
