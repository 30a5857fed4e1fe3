import { classifications } from "../../contracts/contract";
import { classificationTag } from "../../contracts/layout";
import { clearanceTag, clearedFor } from "../../contracts/people";
import { pascal } from "../keys/key";
import type { Statement } from "../policies/statement";

const GETS_CLASSIFIED = `s3:RequestObjectTag/${classificationTag}`;

export interface PeopleRulesProps {
  readonly bucketArn: string;
  /** ARNs of the roles of all people. */
  readonly people: readonly string[];
  /** Those among them who may classify objects here. */
  readonly classifiers: readonly string[];
}

/**
 * What a bucket with data refuses people, whatever their own policies allow: to write without a classification or with one
 * above their clearance, and, but for those whose work it is, to classify what is there.
 */
export function peopleRules({ bucketArn, people, classifiers }: PeopleRulesProps): Statement[] {
  const refused = { Effect: "Deny", Principal: "*", Resource: `${bucketArn}/*` } as const;
  const byPeople = { ArnEquals: { "aws:PrincipalArn": people } };
  return [
    {
      Sid: "PeopleSayTheClassification",
      ...refused,
      Action: "s3:PutObject",
      Condition: { ...byPeople, StringNotEquals: { [GETS_CLASSIFIED]: classifications } },
    },
    ...classifications.map((level) => ({
      Sid: `PeopleAreClearedFor${pascal(level)}`,
      ...refused,
      Action: "s3:PutObject",
      Condition: {
        ...byPeople,
        StringEquals: { [GETS_CLASSIFIED]: level },
        StringNotEquals: { [`aws:PrincipalTag/${clearanceTag}`]: clearedFor(level) },
      },
    })),
    {
      Sid: "FewPeopleClassify",
      ...refused,
      Action: ["s3:PutObjectTagging", "s3:PutObjectVersionTagging"],
      Condition: { ...byPeople, ArnNotEquals: { "aws:PrincipalArn": classifiers } },
    },
    {
      Sid: "PeopleTakeNoTags",
      ...refused,
      Action: ["s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"],
      Condition: byPeople,
    },
  ];
}
