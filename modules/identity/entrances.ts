import { type Clearance, clearances, clearanceTag, type Persona, seenWith } from "../../contracts/people";
import { pascal } from "../keys/key";
import { accountRootArn, type Place } from "../place";
import type { Statement } from "../policies/statement";

/** A permission set of IAM Identity Center whose people become somebody in the lake. */
export interface PermissionSet {
  /** Pattern of the ARN of its role in the account. */
  readonly role: string;
  readonly persona: Persona;
  /** The most that they can ask to see. */
  readonly clearance: Clearance;
}

/** Who may become a persona. */
export interface EntrancesProps {
  readonly place: Place;
  /** Principals of the management account. */
  readonly operators: readonly string[];
  readonly externalId: string;
  readonly singleSignOn?: {
    /** ARN of the SAML provider, which says the clearance. @default none */
    readonly samlProvider?: string;
    readonly permissionSets: readonly PermissionSet[];
  };
}

const REQUESTED = `aws:RequestTag/${clearanceTag}`;
/** A session is tagged in the same request that assumes the role, and needs a right of its own for it. */
const ENTER = ["sts:AssumeRole", "sts:TagSession"];
/** A session may have a clearance and no other tag: policies would take others for the truth. */
const NO_OTHER_TAG = { "ForAllValues:StringEquals": { "aws:TagKeys": clearanceTag } };

const withClearance = (allowed: readonly Clearance[]) => ({
  StringEqualsIfExists: { [REQUESTED]: allowed },
  ...NO_OTHER_TAG,
});

/** Trust policy of a persona's role: each way into it with what it demands. */
export function entrances(persona: Persona, props: EntrancesProps): Statement[] {
  const { place, singleSignOn } = props;
  const own = { AWS: accountRootArn(place) };
  return [
    {
      Sid: "Operators",
      Effect: "Allow",
      Principal: { AWS: props.operators },
      Action: ENTER,
      Condition: { StringEquals: { "sts:ExternalId": props.externalId }, ...withClearance(clearances) },
    },
    {
      // Which of them, and with what clearance, say the groups that they belong to.
      Sid: "Users",
      Effect: "Allow",
      Principal: own,
      Action: ENTER,
      Condition: {
        Bool: { "aws:MultiFactorAuthPresent": "true" },
        ArnLike: { "aws:PrincipalArn": `arn:${place.partition}:iam::${place.accountId}:user/*` },
        ...withClearance(clearances),
      },
    },
    ...(singleSignOn?.samlProvider === undefined ? [] : [bearers(singleSignOn.samlProvider)]),
    ...clearances.flatMap((clearance): Statement[] => {
      const sets = (singleSignOn?.permissionSets ?? []).filter(
        (one) => one.persona === persona && one.clearance === clearance,
      );
      if (sets.length === 0) return [];
      return [
        {
          Sid: `PermissionSets${pascal(clearance)}`,
          Effect: "Allow",
          Principal: own,
          Action: ENTER,
          Condition: {
            ArnLike: { "aws:PrincipalArn": sets.map(({ role }) => role) },
            ...withClearance(seenWith(clearance)),
          },
        },
      ];
    }),
  ];
}

/** Whoever brings an assertion of the provider, which asks people for more than a password. */
function bearers(samlProvider: string): Statement {
  return {
    Sid: "SingleSignOn",
    Effect: "Allow",
    Principal: { Federated: samlProvider },
    Action: ["sts:AssumeRoleWithSAML", "sts:TagSession"],
    Condition: {
      StringEquals: { "SAML:aud": "https://signin.aws.amazon.com/saml" },
      ...withClearance(clearances),
    },
  };
}
