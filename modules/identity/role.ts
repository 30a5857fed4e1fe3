import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { Lazy } from "cdktf";
import { Construct } from "constructs";
import { mergeStatements } from "../policies/merge";
import { addStatement, policyJson, type Statement } from "../policies/statement";
import { type BoundedRoleProps, boundedRole } from "./bounded-role";

export interface RoleProps extends BoundedRoleProps {
  /**
   * Pattern of the names of all roles of its kind. Policies of keys then name the kind: of roles of this kind there may be
   * any number, and a policy holds so many characters only. @default it is the only one
   */
  readonly namePattern?: string;
  /**
   * Make one statement of those that allow the same on several resources: for roles that use much of the lake, whose
   * policies would get too long. @default false
   */
  readonly merge?: boolean;
}

/** A statement of the role's own policy, without what goes without saying. */
export type Grant = Omit<Statement, "Effect" | "Principal">;

/** An IAM role whose one policy grows by the grants of the resources that it uses. */
export class Role extends Construct {
  readonly name: string;
  readonly arn: string;
  readonly namePattern?: string;
  /** The policy: what depends on the role's rights depends on it. */
  readonly policy: IamRolePolicy;
  private readonly statements: Statement[] = [];

  constructor(scope: Construct, id: string, props: RoleProps) {
    super(scope, id);
    const role = boundedRole(this, props);
    this.name = props.name;
    this.arn = role.arn;
    this.namePattern = props.namePattern;
    this.policy = new IamRolePolicy(this, "policy", {
      name: "grants",
      role: role.name,
      policy: Lazy.stringValue({
        produce: () => policyJson(props.merge === true ? mergeStatements(this.statements) : this.statements),
      }),
    });
    this.node.addValidation({
      validate: () =>
        this.statements.length > 0 ? [] : [`${props.name} is granted nothing: remove the role or grant what it needs`],
    });
  }

  /** Adds what the role may do. */
  allow(...grants: readonly Grant[]): void {
    for (const grant of grants) addStatement(this.statements, { ...grant, Effect: "Allow" });
  }

  /** Adds what the role may not do even though a grant would allow it. */
  deny(...grants: readonly Grant[]): void {
    for (const grant of grants) addStatement(this.statements, { ...grant, Effect: "Deny" });
  }
}
