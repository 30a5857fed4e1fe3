/** Kinds of values that several settings have. */
import { z } from "zod";

export const accountId = z.string().regex(/^\d{12}$/, "must be the 12 digits of an AWS account id, in quotes");
export const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "must be an AWS region such as eu-west-1");
export const days = z.int().min(1).max(36500);

/** Lower case letters, digits and hyphens: what bucket, queue and role names all accept. */
export const label = (longest: number) =>
  z
    .string()
    .regex(/^[a-z][a-z0-9-]*[a-z0-9]$/, "must be lower case letters, digits and hyphens, starting with a letter")
    .max(longest);

export const email = z.email("must be an e-mail address");

/** No item may stand in a list twice. */
export const once = (items: string[], ctx: z.RefinementCtx) => {
  items.forEach((input, index) => {
    if (items.indexOf(input) !== index)
      ctx.addIssue({ code: "custom", path: [index], input, message: "stands here twice" });
  });
};
