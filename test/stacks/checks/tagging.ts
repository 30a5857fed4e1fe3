import { classifications, classificationTag } from "../../../contracts";
import { decide, listOf, type Policy } from "../../support/policy";
import type { Resource, Stack } from "../../support/stack";
import { type Check, eachResource } from "./check";

const TAG = `s3:RequestObjectTag/${classificationTag}`;

/** Buckets whose objects people read by their tags. */
const HOLDS_DATA = /^(zones_|intake_quarantine_)/;

/** Roles by which people bring files: the policies of buckets say what they may bring, see there. */
const OF_PEOPLE = /^users_/;

/** Writers whose uploads come in parts, of which only the first says a tag. */
const IN_PARTS: readonly (readonly [role: RegExp, why: string])[] = [
  [/^intake_/, "files arrive in any size"],
  [/^ingestion_/, "Spark stages files by its own means, and what is published is as large as it is"],
];

/** Objects that the statements of the policy let the role write in the bucket. */
function written(policy: Policy, bucketArn: string): string[] {
  const wanted = policy.Statement.filter(
    ({ Effect, Action = [] }) =>
      Effect === "Allow" && listOf(Action).some((action) => /^s3:(PutObject|\*)/.test(action)),
  );
  const resources = wanted.flatMap(({ Resource: named = [] }) => listOf(named));
  return [...new Set(resources)]
    .filter((arn) => arn.startsWith(`${bucketArn}/`))
    .map((arn) => arn.replace(/\*$/, "some/file"));
}

function bucketsOf(stack: Stack): string[] {
  return stack
    .resources("aws_s3_bucket")
    .filter(({ name }) => HOLDS_DATA.test(name))
    .map(({ block }) => `arn:aws:s3:::${block.bucket}`);
}

export const writersTag: Check = eachResource(
  "aws_iam_role_policy",
  "whoever writes data tags each object with a classification, and with nothing else",
  (resource, stack) => {
    if (OF_PEOPLE.test(resource.name)) return [];
    const policy = stack.policyOf(resource);
    const inParts = IN_PARTS.some(([role]) => role.test(resource.name));
    return bucketsOf(stack).flatMap((bucket) =>
      written(policy, bucket).flatMap((object) => wrongOn(policy, object, inParts)),
    );
  },
);

function wrongOn(policy: Policy, object: string, inParts: boolean): string[] {
  const may = (action: string, tag?: string) =>
    decide(policy, "identity", {
      caller: { arn: "any" },
      action,
      resource: object,
      context: tag === undefined ? {} : { [TAG]: tag },
    }) === "allow";
  const changes = ["s3:PutObject", "s3:PutObjectTagging", "s3:PutObjectVersionTagging"];
  return [
    ...changes
      .filter((action) => may(action, "public"))
      .map((action) => `${action} of ${object} with an unknown level`),
    ...changes
      .slice(inParts ? 1 : 0)
      .filter((action) => may(action))
      .map((action) => `${action} of ${object} without a level`),
    ...["s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"]
      .filter((action) => may(action))
      .map((action) => `${action} of ${object}`),
    ...(classifications.some((level) => may("s3:PutObject", level)) ? [] : [`cannot write ${object} with any level`]),
  ];
}

/** What jobs write is as sensitive as their tables at most: none may mark a file so that fewer, or more, may read it. */
export const jobsTagTheirOwn: Check = {
  name: "jobs of a domain or mart write the levels of its tables, notes on runs are open to all who may read anything",
  find: (stack) =>
    stack.resources("aws_iam_role_policy").flatMap((resource: Resource) => {
      if (!/^pipelines_(refine|curate)/.test(resource.name)) return [];
      const policy = stack.policyOf(resource);
      return bucketsOf(stack)
        .flatMap((bucket) => written(policy, bucket))
        .filter((object) => object.includes("/_meta/"))
        .flatMap((object) =>
          classifications
            .slice(1)
            .filter((level) => {
              const request = { caller: { arn: "any" }, action: "s3:PutObject", resource: object };
              return decide(policy, "identity", { ...request, context: { [TAG]: level } }) === "allow";
            })
            .map((level) => `${resource.address} hides ${object} as ${level}`),
        );
    }),
};
