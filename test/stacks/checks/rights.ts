import type { Resource, Stack } from "../../support/stack";
import type { Check } from "./check";

/** A policy that gives nothing by itself: it bounds what others can give. */
export function isBoundary({ type, block }: Resource): boolean {
  return type === "aws_iam_policy" && String(block.name).endsWith("-boundary");
}

/** The boundaries of all accounts that the stack prepares. */
export function boundariesOf(stack: Stack): Resource[] {
  return stack.resources("aws_iam_policy").filter(isBoundary);
}

/** Managed policies that a role takes. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MOST_ATTACHED = 10;

/** The parts of what deployers need at least, and those of planners: without one of them no stack could be applied. */
export const deployersHaveTheirRights: Check = {
  name: "policies of deployers and planners are attached to the one role whose name they carry, ten at most",
  find: (stack) => {
    const attachments = stack.resources("aws_iam_role_policy_attachment");
    const rights = stack.resources("aws_iam_policy").filter((policy) => !isBoundary(policy));
    return [
      ...rights.flatMap(({ address, block }) => {
        const roles = attachments
          .filter((attachment) => String(attachment.block.policy_arn).includes(`\${${address}.`))
          .map((attachment) => stack.resolve(String(attachment.block.role)));
        const wanted = /^([\w-]+-(?:deploy|plan))-[a-z]+$/.exec(String(block.name))?.[1];
        return roles.length === 1 && roles[0] === wanted
          ? []
          : [`${address} is attached to ${roles.join(", ") || "nothing"}`];
      }),
      ...stack.resources("aws_iam_role").flatMap((role) => {
        const count = stack.attachedTo(role).length;
        return count > MOST_ATTACHED ? [`${role.address} has ${count} policies`] : [];
      }),
    ];
  },
};
