import { IamGroup } from "@cdktf/provider-aws/lib/iam-group";
import { IamGroupPolicy } from "@cdktf/provider-aws/lib/iam-group-policy";
import { Construct } from "constructs";
import { clearances, clearanceTag, personas } from "../../contracts/people";
import { type Place, roleArnIn } from "../place";
import { policyJson, type Statement } from "../policies/statement";

export interface PeopleGroupsProps {
  readonly place: Place;
  /** `<project>-<account>`, with which the names of groups and roles begin. */
  readonly prefix: string;
}

/** Paths of groups that say what somebody does, and what somebody may see. */
export const JOB_PATH = "/job/";
export const CLEARANCE_PATH = "/clearance/";

const WITH_MFA = { Bool: { "aws:MultiFactorAuthPresent": "true" } };

/**
 * Groups for the account's own users: one for each persona and one for each clearance. Only who is in one of both becomes
 * somebody who sees something. Whoever makes groups could give their people anything, so no deployer of a lake makes them.
 */
export class PeopleGroups extends Construct {
  constructor(scope: Construct, id: string, { place, prefix }: PeopleGroupsProps) {
    super(scope, id);
    const roleOf = (persona: string) => roleArnIn(place, `${prefix}-${persona}`);
    for (const persona of personas) {
      this.add(`job-${persona}`, JOB_PATH, `${prefix}-${persona}`, {
        Sid: "BecomePersona",
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Resource: roleOf(persona),
        Condition: WITH_MFA,
      });
    }
    for (const clearance of clearances) {
      this.add(`clearance-${clearance}`, CLEARANCE_PATH, `${prefix}-${clearance}`, {
        Sid: "HaveClearance",
        Effect: "Allow",
        Action: "sts:TagSession",
        Resource: personas.map(roleOf),
        Condition: {
          ...WITH_MFA,
          StringEquals: { [`aws:RequestTag/${clearanceTag}`]: clearance },
          "ForAllValues:StringEquals": { "aws:TagKeys": clearanceTag },
        },
      });
    }
  }

  private add(id: string, path: string, name: string, statement: Statement): void {
    const group = new IamGroup(this, id, { name, path });
    new IamGroupPolicy(this, `${id}-policy`, { name: "grants", group: group.name, policy: policyJson([statement]) });
  }
}
