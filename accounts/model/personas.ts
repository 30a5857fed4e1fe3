import { z } from "zod";
import { clearances, personas } from "../../contracts/people";
import { days } from "./fields";

const SAML = /^arn:aws:iam::(\d{12}):saml-provider\/[\w.-]{1,128}$/;
/** Where IAM Identity Center makes the roles of its permission sets. */
const SSO_ROLE =
  /^arn:aws:iam::(\d{12}):role\/aws-reserved\/sso\.amazonaws\.com\/(\*|[a-z0-9-]+\/)?AWSReservedSSO_[\w+=,.@-]{1,32}_\*$/;
/** A trust policy holds 2048 characters, of which operators and users take the first half. */
const MOST_WAYS = 2;

const entranceSchema = z.strictObject({
  /**
   * Pattern of the role that IAM Identity Center makes of a permission set:
   * `arn:aws:iam::<account>:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_<permission set>_*`.
   */
  role: z
    .string()
    .regex(
      SSO_ROLE,
      "must be arn:aws:iam::<account>:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_<permission set>_*",
    ),
  /** Whom its people become. */
  persona: z.enum(personas),
  /** What they may see: the most that they can ask for. */
  clearance: z.enum(clearances),
});

/** Where people who ask try things out. */
const sandboxSchema = z.strictObject({
  /** Days after which what people put there is deleted: as long as answers to questions are kept. @default 30 */
  keepFilesDays: days.default(30),
  /** Gigabytes of all sandboxes together above which an alarm is raised. @default 100 */
  alarmAboveGb: z.int().min(1).max(1_000_000).default(100),
});

/** People of the lake. */
export const personasSchema = z.strictObject({
  /** Folders of their own for those who ask. @default as its settings say */
  sandbox: sandboxSchema.prefault({}),
  /** How people come by single sign-on. @default none */
  singleSignOn: z
    .strictObject({
      /** ARN of the account's SAML provider: it says by the session tag `clearance` what a person may see. @default none */
      samlProvider: z
        .string()
        .regex(SAML, "must be the ARN of a SAML provider, arn:aws:iam::<account>:saml-provider/<name>")
        .optional(),
      /** Permission sets of IAM Identity Center. @default none */
      permissionSets: z.array(entranceSchema).default([]),
    })
    .refine(
      (ways) => ways.samlProvider !== undefined || ways.permissionSets.length > 0,
      "needs samlProvider or permissionSets",
    )
    .optional(),
});

export type PersonasSettings = z.output<typeof personasSchema>;

/** Who comes by single sign-on comes from the account itself, and trust policies have room for some ways only. */
export function entrancesFit(
  { id, personas: { singleSignOn } }: { readonly id: string; readonly personas: PersonasSettings },
  ctx: z.RefinementCtx,
): void {
  if (singleSignOn === undefined) return;
  const issue = (path: PropertyKey[], input: unknown, message: string, fix: string) =>
    ctx.addIssue({ code: "custom", path: ["personas", "singleSignOn", ...path], input, message, params: { fix } });
  const isForeign = (arn: string) => /^\d{12}$/.test(arn.split(":")[4] ?? "") && !arn.includes(`:${id}:`);
  const { samlProvider, permissionSets } = singleSignOn;
  const foreign = "is of another account";
  const fix = `name one of account ${id}`;
  if (samlProvider !== undefined && isForeign(samlProvider)) issue(["samlProvider"], samlProvider, foreign, fix);
  permissionSets.forEach(({ role, persona }, index) => {
    if (isForeign(role)) issue(["permissionSets", index, "role"], role, foreign, fix);
    const earlier = permissionSets.slice(0, index).filter((other) => other.persona === persona).length;
    if (earlier + (samlProvider === undefined ? 0 : 1) !== MOST_WAYS) return;
    const message = `makes more than ${MOST_WAYS} ways to ${persona}, and a trust policy has no room for them`;
    issue(["permissionSets", index, "persona"], persona, message, "let a SAML provider say who is cleared for what");
  });
}
