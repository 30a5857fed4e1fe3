import { z } from "zod";
import { costsSchema } from "./costs";
import { databaseFits, databaseSchema } from "./database";
import { detectionSchema } from "./detection";
import { accountId, days, email, once, region } from "./fields";
import { ingestionSchema } from "./ingestion";
import { administratorsFit, lakeFormationSchema } from "./lake-formation";
import { landingFits, landingSchema } from "./landing";
import { layersFit, pipelinesSchema, queriesSchema } from "./layers";
import { monitoringSchema, securityMonitoringSchema } from "./monitoring";
import { networkSchema } from "./network";
import { entrancesFit, personasSchema } from "./personas";
import { endsInOrder, recordsSchema } from "./records";
import { zonesOf } from "./regions";
import { ownQueues, zoneSchema } from "./zones";

const intakeSchema = z.strictObject({
  /** Memory of the intake function in MB. It bounds speed, not the size of files. @default 2048 */
  memoryMb: z.int().min(1024).max(10240).default(2048),
  /** Time limit of one batch in seconds; 900 is what Lambda allows. @default 900 */
  timeoutSeconds: z.int().min(30).max(900).default(900),
  /** Scratch disk in MB: a file and its Parquet must fit on it. @default 10240 */
  diskMb: z.int().min(512).max(10240).default(10240),
  /** Files processed at the same time. @default 10 */
  concurrency: z.int().min(2).max(1000).default(10),
});

const common = {
  /** AWS account id. */
  id: accountId,
  /** Region of everything in the account. */
  region,
  /** More tags of everything in this account; they win over the organization's. @default none */
  tags: z.record(z.string(), z.string().min(1).max(256)).default({}),
  /** How long log groups keep their events. @default 365 */
  logRetentionDays: z.literal([7, 30, 90, 180, 365, 400, 731, 1096, 1827, 3653]).default(365),
  /** Where alarms are sent: e-mail addresses, each confirms its own subscription. @default nobody */
  alarmEmails: z.array(email).superRefine(once).default([]),
  /** What the account may cost before people are told. @default as its settings say */
  costs: costsSchema.prefault({}),
  /** First of the two keys that let a stack delete its data; the other is LAKE_CONFIRM_REMOVAL. @default retain */
  removal: z.enum(["retain", "destroy"]).default("retain"),
};

const lakeFields = z.strictObject({
  kind: z.literal("lake"),
  ...common,
  /** The account's VPC. `false` leaves it out, for a small account: functions then run outside of any network of yours. */
  network: z.union([z.literal(false), networkSchema]),
  /** Zones in the order of the data's way. Files that arrive in the first are loaded into the second. @default drop, raw, refined, curated */
  zones: z
    .array(zoneSchema)
    .min(2, "needs at least two zones: one where files arrive and one where they are loaded")
    .superRefine(ownQueues)
    .prefault([{ name: "drop" }, { name: "raw" }, { name: "refined" }, { name: "curated" }]),
  /** Processor of the Lambda functions; arm64 costs a fifth less. @default x86_64 */
  architecture: z.enum(["x86_64", "arm64"]).default("x86_64"),
  /** The function that loads arriving files. @default as its settings say */
  intake: intakeSchema.prefault({}),
  /** The jobs that make tables and marts. @default as its settings say */
  pipelines: pipelinesSchema.prefault({}),
  /** How they are asked. @default as its settings say */
  queries: queriesSchema.prefault({}),
  /**
   * Files that no contract declares: put below `landing/` of the first zone, they become tables of the database `landing`, one
   * a folder, as a crawler finds them. Needs three zones. `false`: such files are treated like any others. @default false
   */
  landing: z.union([z.literal(false), landingSchema]).default(false),
  /** A database of the account's own, which costs by the hour, filled by a job. @default false */
  database: z.union([z.literal(false), databaseSchema]).default(false),
  monitoring: monitoringSchema.prefault({}),
  /** How tables of databases are brought into the lake. @default as its settings say */
  ingestion: ingestionSchema.prefault({}),
  /** Where it is sent how each run of that went: e-mail addresses, each confirms its own subscription. @default nobody */
  noticeEmails: z.array(email).superRefine(once).default([]),
  /** How people come into the account, besides as operators and as users with MFA. @default as its settings say */
  personas: personasSchema.prefault({}),
  /** What governs the catalog besides IAM. @default as its settings say */
  lakeFormation: lakeFormationSchema.prefault({}),
});

export const lakeAccountSchema = lakeFields
  .superRefine(layersFit)
  .superRefine(landingFits)
  .superRefine(databaseFits)
  .superRefine(entrancesFit)
  .superRefine(administratorsFit)
  .superRefine(({ region: ofAccount, network }, ctx) => {
    if (network === false) return;
    const known = zonesOf(ofAccount);
    network.availabilityZones.forEach((input, index) => {
      if (known.includes(input) || !/^[a-f]$/.test(input)) return;
      ctx.addIssue({
        code: "custom",
        path: ["network", "availabilityZones", index],
        input,
        message: `is no availability zone of ${ofAccount}`,
        params: { fix: `choose from ${known.join(", ")}` },
      });
    });
  });

const securitySettings = z.strictObject({
  kind: z.literal("security"),
  ...common,
  /** Object lock of the audit bucket. @default GOVERNANCE for 365 days */
  auditLock: z
    .strictObject({
      /** In `GOVERNANCE` whoever may first change the bucket's policy can delete, in `COMPLIANCE` nobody, not even AWS. @default GOVERNANCE */
      mode: z.enum(["GOVERNANCE", "COMPLIANCE"]).default("GOVERNANCE"),
      /** Days for which a record cannot be deleted. @default 365 */
      days: days.default(365),
    })
    .prefault({}),
  /** When alarms are raised, and what is shown. @default as its settings say */
  monitoring: securityMonitoringSchema.prefault({}),
  /** How long records are kept in this account, and where. @default as its settings say */
  records: recordsSchema.prefault({}),
  /** What watches all accounts. @default as its settings say */
  detection: detectionSchema.prefault({}),
});

export const securityAccountSchema = securitySettings.superRefine(endsInOrder);

export const accountSchema = z.discriminatedUnion("kind", [lakeAccountSchema, securityAccountSchema]);

export type LakeAccountSettings = z.input<typeof lakeAccountSchema>;
export type SecurityAccountSettings = z.input<typeof securityAccountSchema>;

/** `name` is the file's name: it is part of physical names and is the name of the account's stack. */
export type LakeAccount = z.output<typeof lakeAccountSchema> & { readonly name: string };
export type SecurityAccount = z.output<typeof securityAccountSchema> & { readonly name: string };
export type Account = LakeAccount | SecurityAccount;
