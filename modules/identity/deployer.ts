import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import { Construct } from "constructs";
import { policyJson, type Statement } from "../policies/statement";
import { type BoundedRoleProps, boundedRole } from "./bounded-role";

export interface DeployerProps extends BoundedRoleProps {
  /** What the role may do and what not, by the last part of the name of the policy: one without statements is not made. */
  readonly rights: ReadonlyMap<string, readonly Statement[]>;
}

/** AWS attaches no more to a role: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MOST_POLICIES = 10;

/** A role that Terraform works in: its rights are more than one policy holds, so each part of them is a policy of its own. */
export class Deployer extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: DeployerProps) {
    super(scope, id);
    const role = boundedRole(this, props);
    this.arn = role.arn;
    const parts = [...props.rights].filter(([, statements]) => statements.length > 0);
    for (const [part, statements] of parts) {
      const policy = new IamPolicy(this, `rights-${part}`, {
        name: `${props.name}-${part}`,
        description: `${props.description}: ${part}`,
        policy: policyJson(statements),
      });
      new IamRolePolicyAttachment(this, `attached-${part}`, { role: role.name, policyArn: policy.arn });
    }
    this.node.addValidation({
      validate: () =>
        parts.length <= MOST_POLICIES
          ? []
          : [`${props.name} has ${parts.length} policies, AWS takes ${MOST_POLICIES}: join parts of its rights`],
    });
  }
}
