import type { Persona } from "../../../contracts/people";
import { decide, isAllowed, type Request } from "../../support/policy";
import type { Resource, Stack } from "../../support/stack";
import type { Check } from "./check";
import {
  type Answer,
  eachPersona,
  hasCrawler,
  LEVELS,
  type Level,
  MODERN,
  personaRoles,
  rank,
  tagged,
} from "./persons";

/** Buckets with data of any zone. */
function dataBuckets(stack: Stack): Resource[] {
  return stack.resources("aws_s3_bucket").filter(({ name }) => /^(zones_|intake_quarantine_)/.test(name));
}

/** Where in the buckets each persona reads and writes: parts of names of buckets, and of what is in them. */
const READS: Readonly<Record<Persona, RegExp>> = {
  "data-steward": /^$/,
  "data-engineer": /./,
  "data-scientist": /-(drop-.*\/landing|refined-.*\/(masked|clear|_meta)|curated-.*\/(marts|_meta|experiments))\//,
  "data-analyst": /-(refined-.*\/(masked|clear|_meta)|curated-.*\/(marts|_meta))\//,
};
const WRITES: Readonly<Record<Persona, RegExp>> = {
  "data-steward": /^$/,
  "data-engineer": /-drop-/,
  "data-scientist": /-curated-.*\/experiments\//,
  "data-analyst": /^$/,
};
const FOLDERS = ["masked", "clear", "marts", "experiments", "landing", "_meta", "elsewhere"];

export const peopleReadWhatTheyMay = eachPersona(
  "people read objects of their part that are classified as much as their clearance or less, and nothing untagged",
  "identity",
  ({ persona, arn, identity, account }, stack) =>
    dataBuckets(stack).flatMap(({ block }) =>
      FOLDERS.flatMap((folder) => {
        const resource = `arn:aws:s3:::${block.bucket}/${folder}/x`;
        return LEVELS.flatMap((clearance) =>
          [...LEVELS, "royal"].flatMap((classification) => {
            const context = {
              ...MODERN,
              ...tagged(clearance),
              ...(classification === "none" ? {} : { "s3:ExistingObjectTag/classification": classification }),
            };
            const isEnough =
              classification !== "none" &&
              classification !== "royal" &&
              rank(classification as Level) <= rank(clearance) &&
              // What arrives may have a tag that nobody has checked.
              (!resource.includes("-drop-") || clearance === "secret");
            const isThere = folder !== "landing" || persona === "data-engineer" || hasCrawler(stack);
            return ["s3:GetObject", "s3:GetObjectVersion"].map(
              (action): Answer => [
                `${action} ${resource}, ${classification}, cleared for ${clearance}`,
                isAllowed({ caller: { arn }, action, resource, context }, { owner: account, identity: [identity] }),
                isEnough && isThere && READS[persona].test(resource),
              ],
            );
          }),
        );
      }),
    ),
);

export const peopleWriteWhatTheyMay = eachPersona(
  "people write in their part, with a classification that they are cleared for, and classify nothing that they could not read",
  "identity",
  ({ persona, arn, identity, account }, stack) =>
    dataBuckets(stack).flatMap(({ block }) =>
      FOLDERS.flatMap((folder) => {
        const resource = `arn:aws:s3:::${block.bucket}/${folder}/x`;
        const can = (action: string, clearance: Level, given: Level, found: Level) =>
          isAllowed(
            {
              caller: { arn },
              action,
              resource,
              context: {
                ...MODERN,
                ...tagged(clearance),
                ...(given === "none" ? {} : { "s3:RequestObjectTag/classification": given }),
                ...(found === "none" ? {} : { "s3:ExistingObjectTag/classification": found }),
              },
            },
            { owner: account, identity: [identity] },
          );
        const isOwn = WRITES[persona].test(resource);
        const isSteward = persona === "data-steward";
        return LEVELS.flatMap((clearance) => [
          ...LEVELS.map((given): Answer => {
            const isEnough = given !== "none" && rank(given) <= rank(clearance);
            const question = `writes ${resource} as ${given}, cleared for ${clearance}`;
            return [question, can("s3:PutObject", clearance, given, "none"), isOwn && isEnough];
          }),
          ...LEVELS.flatMap((found) =>
            LEVELS.map((given): Answer => {
              const mayChange = rank(found) <= rank(clearance) && (found !== "none" || clearance === "secret");
              const question = `classifies ${resource} from ${found} as ${given}, cleared for ${clearance}`;
              const byOffice = isSteward && given !== "none" && clearance !== "none" && mayChange;
              const asOwn =
                isOwn && given !== "none" && rank(given) <= rank(clearance) && rank(found) <= rank(clearance);
              return [question, can("s3:PutObjectTagging", clearance, given, found), byOffice || asOwn];
            }),
          ),
          [
            `continues ${resource}`,
            can("s3:AbortMultipartUpload", clearance, "none", "none"),
            isOwn && clearance !== "none",
          ] as const,
        ]);
      }),
    ),
);

export const bucketsHoldPeople: Check = {
  name: "buckets with data refuse people writes without a classification or above their clearance, and tags to all but a few",
  find: (stack) => {
    const roles = personaRoles(stack);
    return dataBuckets(stack).flatMap((bucket) => {
      const companion = stack.pointingAt("aws_s3_bucket_policy", "bucket", bucket);
      if (companion === undefined) return [`${bucket.address} has no policy`];
      const policy = stack.policyOf(companion);
      const ask = (arn: string, action: string, context: Request["context"]) =>
        decide(policy, "resource", {
          caller: { arn },
          action,
          resource: `arn:aws:s3:::${bucket.block.bucket}/x`,
          context: { ...MODERN, ...context },
        });
      return roles.flatMap(({ persona, arn }) => {
        const mayClassify =
          persona === "data-steward" ||
          (persona === "data-engineer" && bucket.name.startsWith("zones_drop_")) ||
          (persona === "data-scientist" && bucket.name.startsWith("zones_curated_"));
        const answers: Answer[] = [
          ...LEVELS.flatMap((clearance) =>
            [...LEVELS, "royal"].map((given): Answer => {
              const tag: Request["context"] = given === "none" ? {} : { "s3:RequestObjectTag/classification": given };
              const isEnough = given !== "none" && given !== "royal" && rank(given as Level) <= rank(clearance);
              const question = `writes ${given}, cleared for ${clearance}`;
              return [question, ask(arn, "s3:PutObject", { ...tagged(clearance), ...tag }), isEnough ? "none" : "deny"];
            }),
          ),
          ...["s3:PutObjectTagging", "s3:PutObjectVersionTagging"].map(
            (action): Answer => [action, ask(arn, action, tagged("secret")), mayClassify ? "none" : "deny"],
          ),
          ...["s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"].map(
            (action): Answer => [action, ask(arn, action, tagged("secret")), "deny"],
          ),
          ...["s3:PutObject", "s3:PutObjectTagging", "s3:DeleteObjectTagging"].map(
            (action): Answer => [`${action} by a job`, ask(arn.replace(`-${persona}`, "-job"), action, {}), "none"],
          ),
        ];
        return answers
          .filter(([, actual, wanted]) => actual !== wanted)
          .map(([question]) => `${bucket.address}, ${persona}: ${question}`);
      });
    });
  },
};
