import { z } from "zod";
import { accountId, email, label } from "./fields";

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
  /** Who may assume the deploy and plan roles, the producer's, and those of every persona. */
  operators: z.array(principalArn).min(1),
  /** External id that these roles demand (confused-deputy protection; not a secret). */
  externalId: z.string().regex(/^[\w+=,.@:/-]{2,1224}$/),
  /** Build servers whose jobs may take on the plan and deploy roles, by the tokens that they get for it. @default none */
  ci: ciSchema.optional(),
  /** Tags of everything in every account. */
  tags: requiredTags,
  /** Whom AWS tells of what concerns an account, in every account. */
  contacts: contactsSchema,
  /** Where people find the runbooks that alarms name: the address of a folder, by default this repository. @default docs/runbooks */
  runbooks: z
    .string()
    .regex(/^(?!.*\/$)[!-~]{1,200}$/, "must be the address of a folder, without spaces and without a slash at its end")
    .default("docs/runbooks"),
});

export type OrganizationSettings = z.input<typeof organizationSchema>;
export type Organization = z.output<typeof organizationSchema>;
export type CiSettings = z.output<typeof ciSchema>;
