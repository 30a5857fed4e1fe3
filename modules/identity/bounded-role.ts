import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import type { Construct } from "constructs";
import { policyJson, type Statement } from "../policies/statement";
import { acceptAccountTrust } from "./account-trust";

export interface BoundedRoleProps {
  /** Physical name. */
  readonly name: string;
  /** Who uses the role and for what. */
  readonly description: string;
  /** Who may assume it. */
  readonly trust: readonly Statement[];
  /** ARN of the policy that bounds what the role can ever do. */
  readonly boundaryArn: string;
}

/** A role as every role of the lake is: within the boundary, and for an hour at a time. */
export function boundedRole(scope: Construct, { name, description, trust, boundaryArn }: BoundedRoleProps): IamRole {
  const role = new IamRole(scope, "role", {
    name,
    description,
    assumeRolePolicy: policyJson(trust),
    permissionsBoundary: boundaryArn,
    maxSessionDuration: 3600,
  });
  acceptAccountTrust(role, trust);
  return role;
}
