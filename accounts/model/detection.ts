import { z } from "zod";
import { days, email } from "./fields";

const arnOf = (service: string, example: string) =>
  z.string().regex(new RegExp(`^arn:aws:${service}:[a-z0-9-]+:\\d{12}:\\S+$`), `must be an ARN such as ${example}`);

/** Whom findings and alarms are sent to: each kind with the form of its address. */
const subscriptionSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("email"), to: email }),
  z.strictObject({ kind: z.literal("https"), to: z.url({ protocol: /^https$/, error: "must be an https address" }) }),
  z.strictObject({ kind: z.literal("sqs"), to: arnOf("sqs", "arn:aws:sqs:eu-west-1:111111111111:findings") }),
  z.strictObject({
    kind: z.literal("lambda"),
    to: arnOf("lambda", "arn:aws:lambda:eu-west-1:111111111111:function:findings"),
  }),
  z.strictObject({
    kind: z.literal("sms"),
    to: z.string().regex(/^\+[1-9]\d{6,14}$/, "must be a phone number such as +442079460000"),
  }),
]);

/** The services that watch all accounts. Each costs by what it looks at: see docs/detection.md. */
export const detectionSchema = z.strictObject({
  /** Amazon Macie: a weekly look at what the zones hold. @default true */
  macie: z.boolean().default(true),
  /** Amazon GuardDuty, with S3 protection. @default true */
  guardDuty: z.boolean().default(true),
  /** AWS Security Hub with the FSBP and CIS standards. @default true */
  securityHub: z.boolean().default(true),
  /** AWS Config: a recorder of all resources, rules, and one view over all accounts. @default true */
  config: z.boolean().default(true),
  /**
   * Config's own role is made where an account has none yet. `exists`: another stack or a click has made it, which AWS
   * allows once an account. @default make
   */
  configRole: z.enum(["make", "exists"]).default("make"),
  /** IAM Access Analyzer: who outside can reach what, and which rights nobody uses. @default true */
  accessAnalyzer: z.boolean().default(true),
  /** Days without use after which a right counts as unused. @default 90 */
  unusedAccessDays: z.int().min(1).max(365).default(90),
  /** Alarms on the fifteen kinds of calls that CIS AWS Foundations 4.1-4.15 names. @default true */
  cisAlarms: z.boolean().default(true),
  /**
   * How lakes become members: `invitation` invites and accepts, `organization` counts on this account being the delegated
   * administrator, whose members need no invitation. @default invitation
   */
  members: z.enum(["invitation", "organization"]).default("invitation"),
  /** E-mail address of the root user of each lake account, by its name: AWS compares it. For others it is the security contact's. @default none */
  memberEmails: z.record(z.string(), email).default({}),
  /** Who gets findings and alarms of all accounts; people confirm their subscriptions. @default nobody */
  subscriptions: z
    .array(subscriptionSchema)
    .superRefine((items, ctx) => {
      const keys = items.map(({ kind, to }) => `${kind} ${to}`);
      keys.forEach((key, index) => {
        if (keys.indexOf(key) !== index)
          ctx.addIssue({ code: "custom", path: [index], input: key, message: "stands here twice" });
      });
    })
    .default([]),
  /** Days until results of Macie and Config's records are deleted. @default 365 */
  recordDays: days.default(365),
});

export type Detection = z.output<typeof detectionSchema>;

/** Addresses are of lakes that there are. */
export function strangersIn(detection: Detection, lakes: readonly string[]): string[] {
  return Object.keys(detection.memberEmails).filter((name) => !lakes.includes(name));
}
