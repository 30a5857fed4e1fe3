import { z } from "zod";
import { once } from "./fields";

const ADMINISTRATOR = /^arn:aws:iam::(\d{12}):(role|user)\/[\w+=,.@/-]{1,512}$/;

/** How the catalog is governed by Lake Formation, besides IAM. */
export const lakeFormationSchema = z.strictObject({
  /**
   * `hybrid`: databases and tables carry LF-tags of their contracts, and people who ask them need a grant of Lake Formation
   * as well as their rights in IAM; jobs, crawlers and all others go on with IAM alone. `off`: the account's Lake Formation
   * is left as it is. @default hybrid
   */
  accessMode: z.enum(["hybrid", "off"]).default("hybrid"),
  /**
   * Administrators that the account's Lake Formation has already: a deployment sets the whole list, and who is not in it is
   * none any more. ARNs of roles and users. @default none
   */
  administrators: z
    .array(z.string().regex(ADMINISTRATOR, "must be the ARN of a role or user, arn:aws:iam::<account>:role/<name>"))
    .superRefine(once)
    .default([]),
});

export type LakeFormationSettings = z.output<typeof lakeFormationSchema>;

/** Administrators are of the account itself, and there are some only where the lake says who they are. */
export function administratorsFit(
  {
    id,
    lakeFormation: { accessMode, administrators },
  }: { readonly id: string; readonly lakeFormation: LakeFormationSettings },
  ctx: z.RefinementCtx,
): void {
  const issue = (path: PropertyKey[], input: unknown, message: string, fix: string) =>
    ctx.addIssue({ code: "custom", path: ["lakeFormation", ...path], input, message, params: { fix } });
  if (accessMode === "off" && administrators.length > 0) {
    const fix = 'take the list away, or set accessMode: "hybrid"';
    issue(["administrators"], administrators, "says who administers what is left as it is", fix);
  }
  administrators.forEach((arn, index) => {
    const account = ADMINISTRATOR.exec(arn)?.[1];
    if (account !== undefined && account !== id) {
      issue(["administrators", index], arn, "is of another account", `name one of account ${id}`);
    }
  });
}
