import { z } from "zod";
import { networkSchema, once } from "./network";
import { zonesOf } from "./regions";

const accountId = z.string().regex(/^\d{12}$/, "must be the 12 digits of an AWS account id, in quotes");
const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "must be an AWS region such as eu-west-1");
const days = z.int().min(1).max(36500);

/** Lower case letters, digits and hyphens: what bucket, queue and role names all accept. */
const label = (longest: number) =>
  z
    .string()
    .regex(/^[a-z][a-z0-9-]*[a-z0-9]$/, "must be lower case letters, digits and hyphens, starting with a letter")
    .max(longest);

const email = z.email("must be an e-mail address");

/** Tags that every resource carries: someone must answer for it and someone must pay for it. */
const requiredTags = z.object({ owner: email, "cost-centre": z.string().min(1) }).catchall(z.string().min(1).max(256));

const principalArn = z
  .string()
  .regex(
    /^arn:aws:(iam|sts)::\d{12}:(root|(user|role)\/[\w+=,.@/-]+)$/,
    "must be the ARN of an IAM user, role or account root",
  );

const branch = z.string().regex(/^[\w][\w./-]*$/, "must be the name of a branch");

const ciSchema = z
  .strictObject({
    /** GitHub Actions. @default none */
    github: z
      .strictObject({
        /** `owner/name`; of repositories with immutable subject claims `owner@<id>/name@<id>`, as their tokens say it. */
        repository: z.string().regex(/^[\w.-]+(@\d+)?\/[\w.-]+(@\d+)?$/, "must be owner/name, or owner@<id>/name@<id>"),
        /** The protected branch that is deployed. @default main */
        branch: branch.default("main"),
        /** Environment of the jobs that deploy: it asks for approval and takes the protected branch only. @default production */
        environment: z
          .string()
          .regex(/^[\w.-]+$/, "must be letters, digits, dots, hyphens and underscores")
          .default("production"),
      })
      .optional(),
    /** GitLab CI/CD. @default none */
    gitlab: z
      .strictObject({
        /** Host name of the GitLab instance. @default gitlab.com */
        host: z
          .string()
          .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, "must be a host name")
          .default("gitlab.com"),
        /** `group/project`. */
        project: z.string().regex(/^[\w.-]+(\/[\w.-]+)+$/, "must be group/project"),
        /** As above. */
        branch: branch.default("main"),
      })
      .optional(),
  })
  .refine((ci) => ci.github !== undefined || ci.gitlab !== undefined, "needs github or gitlab");

/** Somebody whom AWS writes or calls; a team's address and number outlive the person. */
const contactSchema = z.strictObject({
  name: z.string().min(1).max(64),
  title: z.string().min(1).max(50),
  email,
  phone: z.string().regex(/^\+[0-9][0-9 ()-]{5,24}$/, "must be a telephone number such as +44 20 7946 0000"),
});

/** Every account has all three: AWS tells them of abuse, of broken hardware and of unpaid bills. */
const contactsSchema = z.strictObject({ security: contactSchema, operations: contactSchema, billing: contactSchema });

export const organizationSchema = z.strictObject({
  /** First part of every physical name. At most 12 characters, so that the longest bucket name fits S3's 63. */
  project: label(12),
  /** The organization's management account. */
  managementAccountId: accountId,
  /** Role by which the management account enters a new member account. @default OrganizationAccountAccessRole */
  adminRole: z.string().min(1).default("OrganizationAccountAccessRole"),
  /** Who may assume the deploy, plan, operator and producer roles. */
  operators: z.array(principalArn).min(1),
  /** External id that the deploy and plan roles demand (confused-deputy protection; not a secret). */
  externalId: z.string().regex(/^[\w+=,.@:/-]{2,1224}$/),
  /** Build servers whose jobs may take on the plan and deploy roles, by the tokens that they get for it. @default none */
  ci: ciSchema.optional(),
  /** Tags of everything in every account. */
  tags: requiredTags,
  /** Whom AWS tells of what concerns an account, in every account. */
  contacts: contactsSchema,
});

const storageClass = z.enum(["STANDARD_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"]);

const transitionsSchema = z.array(z.strictObject({ afterDays: days, storageClass })).superRefine((transitions, ctx) => {
  transitions.forEach(({ afterDays }, index) => {
    const previous = transitions[index - 1]?.afterDays ?? -1;
    if (afterDays > previous) return;
    const message = `must be later than the transition before it (${previous} days)`;
    ctx.addIssue({ code: "custom", path: [index, "afterDays"], input: afterDays, message });
  });
});

const lifecycleSchema = z
  .strictObject({
    /** Moves to cheaper storage classes, in order. @default none */
    transitions: transitionsSchema.default([]),
    /** Objects are deleted after so many days. @default never */
    expireAfterDays: days.optional(),
    /** Overwritten and deleted versions are kept so many days. @default 90 */
    keepOldVersionsDays: days.default(90),
  })
  .superRefine(({ transitions, expireAfterDays = Number.POSITIVE_INFINITY }, ctx) => {
    const last = transitions.at(-1)?.afterDays ?? -1;
    if (expireAfterDays > last) return;
    const message = `must be later than the last transition (${last} days)`;
    ctx.addIssue({ code: "custom", path: ["expireAfterDays"], input: expireAfterDays, message });
  });

const RESERVED_ZONE_NAMES = ["access-logs", "artifacts", "audit", "operations", "quarantine", "state"];

const zoneSchema = z.strictObject({
  /** Name of the zone, e.g. `raw`. Changing it replaces the bucket. */
  name: label(16).refine(
    (name) => !RESERVED_ZONE_NAMES.includes(name),
    `must not be one of ${RESERVED_ZONE_NAMES.join(", ")}: the lake has buckets and keys of these names`,
  ),
  /** How long objects stay and where. @default kept for ever in S3 Standard, old versions for 90 days */
  lifecycle: lifecycleSchema.prefault({}),
  /** Extra queues for a part of the zone's new objects, each with its own dead-letter queue. @default none */
  streams: z
    .array(
      z
        .strictObject({
          /** Name of the stream, unique in its zone. */
          name: label(16),
          /** Only keys that start so. @default any */
          prefix: z.string().min(1).optional(),
          /** Only keys that end so. @default any */
          suffix: z.string().min(1).optional(),
        })
        .refine((stream) => stream.prefix !== undefined || stream.suffix !== undefined, "needs a prefix or a suffix"),
    )
    .default([]),
});

/** Each zone and each stream has a queue `<name>` and its dead-letter queue `<name>-dlq`: no two may be the same. */
const ownQueues = (zones: z.output<typeof zoneSchema>[], ctx: z.RefinementCtx) => {
  const taken = new Set<string>();
  const take = (queue: string, input: string, ...path: PropertyKey[]) => {
    const twin = [queue, `${queue}-dlq`].find((name) => taken.has(name));
    if (twin !== undefined) {
      const message = `makes a second queue ${twin}: every zone and stream needs its own`;
      ctx.addIssue({ code: "custom", path, input, message, params: { fix: "choose another name" } });
    }
    taken.add(queue).add(`${queue}-dlq`);
  };
  zones.forEach(({ name, streams }, zone) => {
    take(name, name, zone, "name");
    for (const [index, stream] of streams.entries()) {
      take(`${name}-${stream.name}`, stream.name, zone, "streams", index, "name");
    }
  });
};

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
});

export const lakeAccountSchema = lakeFields.superRefine(({ region: ofAccount, network }, ctx) => {
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

/** How long central records are kept. They are read rarely, and most often while they are new. */
const recordsSchema = z.strictObject({
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
const endsInOrder = ({ auditLock, records }: Retention, ctx: z.RefinementCtx) => {
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
  /** How long records are kept in this account, and where. @default as its settings say */
  records: recordsSchema.prefault({}),
});

export const securityAccountSchema = securitySettings.superRefine(endsInOrder);

export const accountSchema = z.discriminatedUnion("kind", [lakeAccountSchema, securityAccountSchema]);

export type OrganizationSettings = z.input<typeof organizationSchema>;
export type LakeAccountSettings = z.input<typeof lakeAccountSchema>;
export type SecurityAccountSettings = z.input<typeof securityAccountSchema>;

export type Organization = z.output<typeof organizationSchema>;
export type CiSettings = z.output<typeof ciSchema>;
export type ZoneSettings = z.output<typeof zoneSchema>;
export type LifecycleSettings = z.output<typeof lifecycleSchema>;

/** `name` is the file's name: it is part of physical names and is the name of the account's stack. */
export type LakeAccount = z.output<typeof lakeAccountSchema> & { readonly name: string };
export type SecurityAccount = z.output<typeof securityAccountSchema> & { readonly name: string };
export type Account = LakeAccount | SecurityAccount;
