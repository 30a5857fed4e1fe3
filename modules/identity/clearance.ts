import { type Classification, classifications } from "../../contracts/contract";
import { classificationTag } from "../../contracts/layout";
import { clearances, clearanceTag, clearedFor, seenWith } from "../../contracts/people";
import { pascal } from "../keys/key";
import type { Statement } from "../policies/statement";
import type { Grant } from "./role";

/** The session tag of whoever asks, as conditions name it. */
const CLEARANCE = `aws:PrincipalTag/${clearanceTag}`;
/** The tag that an object has, and the one that a request gives it. */
const IS_CLASSIFIED = `s3:ExistingObjectTag/${classificationTag}`;
const GETS_CLASSIFIED = `s3:RequestObjectTag/${classificationTag}`;

/** Holds for sessions with at least this clearance. */
export function whoeverIsCleared(least: Classification = classifications[0]): NonNullable<Statement["Condition"]> {
  return { StringEquals: { [CLEARANCE]: clearedFor(least) } };
}

/** Holds for all other sessions, those without a clearance too. */
export function whoeverIsNotCleared(least: Classification): NonNullable<Statement["Condition"]> {
  return { StringNotEquals: { [CLEARANCE]: clearedFor(least) } };
}

/**
 * Reading the objects, all versions, as far as the clearance goes: what has no classification is read by nobody.
 * @param least with less than this nothing is read, however little sensitive it is said to be
 */
export function readByClearance(
  label: string,
  objects: readonly string[],
  least: Classification = classifications[0],
): Grant[] {
  const [, ...more] = clearedFor(least);
  return [least, ...more].map((level) => ({
    Sid: `Read${pascal(level)}${label}`,
    Action: ["s3:GetObject", "s3:GetObjectVersion"],
    Resource: objects,
    Condition: {
      StringEquals: {
        [CLEARANCE]: clearedFor(level),
        [IS_CLASSIFIED]: level === least ? oneOrMore(seenWith(level)) : level,
      },
    },
  }));
}

function oneOrMore(levels: readonly Classification[]): Classification | readonly Classification[] {
  return levels.length === 1 && levels[0] !== undefined ? levels[0] : levels;
}

/**
 * Writing the objects with a classification that the session is cleared for, without deleting. Nothing is written over
 * or classified anew that the session could not read. A write asks for the right to tag too, as it brings its tag with it.
 */
export function writeByClearance(label: string, objects: readonly string[]): Grant[] {
  return [
    ...clearances.map((clearance) => ({
      Sid: `Write${label}${pascal(clearance)}`,
      Action: ["s3:PutObject", "s3:PutObjectTagging"],
      Resource: objects,
      Condition: {
        StringEquals: { [CLEARANCE]: clearance, [GETS_CLASSIFIED]: seenWith(clearance) },
        StringEqualsIfExists: { [IS_CLASSIFIED]: seenWith(clearance) },
      },
    })),
    {
      Sid: `Continue${label}`,
      Action: ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
      Resource: objects,
      Condition: whoeverIsCleared(),
    },
  ];
}

/** Saying anew how sensitive objects are that the session may see; of what nobody has classified yet, the most sensitive. */
export function classifyByClearance(objects: readonly string[]): Grant[] {
  const grant = { Action: ["s3:PutObjectTagging", "s3:PutObjectVersionTagging"], Resource: objects };
  return [
    ...classifications.map((level) => ({
      Sid: `Classify${pascal(level)}`,
      ...grant,
      Condition: {
        StringEquals: {
          [CLEARANCE]: clearedFor(level),
          [IS_CLASSIFIED]: level,
          [GETS_CLASSIFIED]: classifications,
        },
      },
    })),
    {
      Sid: "ClassifyUntagged",
      ...grant,
      Condition: {
        StringEquals: { [CLEARANCE]: clearedFor("secret"), [GETS_CLASSIFIED]: classifications },
        Null: { [IS_CLASSIFIED]: "true" },
      },
    },
  ];
}
