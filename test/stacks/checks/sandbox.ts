import { clearances, type Persona, personas } from "../../../contracts/people";
import { sandboxOwners } from "../../../contracts/sandbox";
import { decide, isAllowed, type Policy, type Request } from "../../support/policy";
import type { Stack } from "../../support/stack";
import { accountOf } from "./access";
import type { Check } from "./check";

/** What there is, nothing, and what there is not. */
const LEVELS = ["none", ...clearances, "royal"] as const;
type Level = (typeof LEVELS)[number];
const MODERN = { "aws:SecureTransport": "true", "s3:TlsVersion": "1.3" };
const EVERYTHING: Policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
const NOTHING: Policy = { Version: "2012-10-17", Statement: [] };
const ADA = "AROAROLE:ada";
const READS = ["s3:GetObject", "s3:GetObjectVersion"];

interface Sandbox {
  readonly arn: string;
  readonly account: string;
  readonly policy: Policy;
  readonly people: readonly Person[];
}

interface Person {
  readonly persona: Persona;
  readonly arn: string;
  readonly identity: Policy;
}

type Answer = readonly [question: string, actual: unknown, wanted: unknown];

const wrong = (answers: readonly Answer[]) =>
  answers.filter(([, actual, wanted]) => actual !== wanted).map(([question, actual]) => `${question}: ${actual}`);

/** Holds for the bucket's own policy: the answers are found once for each policy. */
function eachSandbox(name: string, answers: (sandbox: Sandbox) => readonly Answer[]): Check {
  const known = new WeakMap<Policy, string[]>();
  return {
    name,
    find: (stack) =>
      sandboxesOf(stack).flatMap((sandbox) => {
        const found = known.get(sandbox.policy) ?? wrong(answers(sandbox));
        known.set(sandbox.policy, found);
        return found;
      }),
  };
}

function sandboxesOf(stack: Stack): Sandbox[] {
  const people = peopleOf(stack);
  return stack
    .resources("aws_s3_bucket")
    .filter((bucket) => bucket.name.startsWith("sandbox_"))
    .map((bucket) => {
      const companion = stack.pointingAt("aws_s3_bucket_policy", "bucket", bucket);
      const policy = companion === undefined ? NOTHING : stack.policyOf(companion);
      return { arn: `arn:aws:s3:::${bucket.block.bucket}`, account: accountOf(stack, bucket), policy, people };
    });
}

function peopleOf(stack: Stack): Person[] {
  return stack.resources("aws_iam_role").flatMap((role) => {
    const persona = personas.find((one) => String(role.block.name).endsWith(`-${one}`));
    const policy = stack.pointingAt("aws_iam_role_policy", "role", role);
    if (persona === undefined || policy === undefined) return [];
    return [{ persona, arn: stack.resolve(`\${${role.address}.arn}`), identity: stack.policyOf(policy) }];
  });
}

const rank = (level: Level) => (clearances as readonly string[]).indexOf(level);
const isSeen = (level: Level, clearance: Level) => rank(level) >= 0 && rank(level) <= rank(clearance);
const isOwner = (persona: Persona) => (sandboxOwners as readonly Persona[]).includes(persona);
const session = (clearance: Level, user = ADA): NonNullable<Request["context"]> => ({
  ...MODERN,
  "aws:userid": user,
  ...(clearance === "none" ? {} : { "aws:PrincipalTag/clearance": clearance }),
});
const tags = (given: Level, found: Level): NonNullable<Request["context"]> => ({
  ...(given === "none" ? {} : { "s3:RequestObjectTag/classification": given }),
  ...(found === "none" ? {} : { "s3:ExistingObjectTag/classification": found }),
});

export const sandboxesAreOnesOwn = eachSandbox(
  "who asks reads, writes, lists and deletes in the folder of their session and clearance alone, by classification; nobody else does",
  ({ arn: bucket, account, policy, people }) =>
    people.flatMap(({ persona, arn }) =>
      LEVELS.flatMap((clearance) =>
        [ADA, "AROAROLE:bob"].flatMap((user) =>
          [...clearances, "royal" as const].flatMap((folder): Answer[] => {
            const isOwn = isOwner(persona) && user === ADA && folder === clearance && folder !== "royal";
            const can = (action: string, context: Request["context"] = {}, on = `${bucket}/${folder}/${user}/x`) =>
              isAllowed(
                { caller: { arn }, action, resource: on, context: { ...session(clearance), ...context } },
                { owner: account, resource: policy },
              );
            const who = `${persona}, ${clearance}`;
            const place = `${folder}/${user}`;
            return [
              [`${who} deletes versions of ${place}`, can("s3:DeleteObjectVersion"), false],
              [`${who} ends an upload to ${place}`, can("s3:AbortMultipartUpload"), isOwn],
              ...LEVELS.flatMap((level): Answer[] => [
                ...READS.map((action): Answer => {
                  const question = `${who}: ${action} ${place}, ${level}`;
                  return [question, can(action, tags("none", level)), isOwn && isSeen(level, clearance)];
                }),
                // Whether what has no classification may be given one is a rule of all places.
                ...LEVELS.filter((found) => found !== "none").map((found): Answer => {
                  const question = `${who} classifies ${place} from ${found} as ${level}`;
                  const mayBe = isSeen(level, clearance) && isSeen(found, clearance);
                  return [question, can("s3:PutObjectTagging", tags(level, found)), isOwn && mayBe];
                }),
                [
                  `${who} writes ${place} as ${level}`,
                  can("s3:PutObject", tags(level, "none")),
                  isOwn && isSeen(level, clearance),
                ],
              ]),
            ];
          }),
        ),
      ),
    ),
);

export const sandboxesAreListedByTheirOwners = eachSandbox(
  "who asks sees the names in the folder of their session and clearance alone, and empties it",
  ({ arn: bucket, account, policy, people }) =>
    people.flatMap(({ persona, arn }) =>
      ["none", ...clearances].flatMap((clearance) =>
        [`${clearance}/${ADA}/`, `secret/${ADA}/`, `${clearance}/AROAROLE:bob/`, `${clearance}/`, ""].flatMap(
          (prefix) => {
            const can = (action: string, resource: string) =>
              isAllowed(
                { caller: { arn }, action, resource, context: { ...session(clearance as Level), "s3:prefix": prefix } },
                { owner: account, resource: policy },
              );
            const isOwn = isOwner(persona) && clearance !== "none" && prefix === `${clearance}/${ADA}/`;
            const who = `${persona}, ${clearance}`;
            return [
              [`${who} lists ${prefix}`, can("s3:ListBucket", bucket), isOwn],
              [`${who} deletes ${prefix}x`, can("s3:DeleteObject", `${bucket}/${prefix}x`), isOwn],
            ] as const;
          },
        ),
      ),
    ),
);

/** Roles have no rights there of their own: what the bucket says is all. */
export const rolesOpenNoSandbox: Check = {
  name: "no persona's own policy opens a sandbox",
  find: (stack) =>
    sandboxesOf(stack).flatMap(({ arn: bucket, people }) =>
      wrong(
        people.flatMap(({ persona, arn, identity }) =>
          [...READS, "s3:PutObject", "s3:DeleteObject"].map((action): Answer => {
            const context = { ...session("secret"), ...tags("secret", "secret") };
            const resource = `${bucket}/secret/AROAROLE:bob/x`;
            return [
              `${persona}: ${action}`,
              decide(identity, "identity", { caller: { arn }, action, resource, context }),
              "none",
            ];
          }),
        ),
      ),
    ),
};

export const sandboxesHoldPeople = eachSandbox(
  "the bucket of sandboxes refuses people other folders than their own, and writes without a classification or above their clearance, whatever their roles allow",
  ({ arn: bucket, policy, people }) =>
    people.flatMap(({ persona, arn }) => {
      const ask = (action: string, key: string, context: Request["context"], caller = arn) =>
        decide(policy, "resource", { caller: { arn: caller }, action, resource: `${bucket}/${key}`, context });
      const job = arn.replace(`-${persona}`, "-job");
      const own = (clearance: Level) => `${clearance}/${ADA}/x`;
      const change = [...READS, "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"];
      const enough = { ...session("secret"), ...tags("secret", "secret") };
      return [
        ...[...clearances, "royal" as const].flatMap((clearance) =>
          LEVELS.map((given): Answer => {
            const answer = ask("s3:PutObject", own(clearance), { ...session(clearance), ...tags(given, "none") });
            return [
              `${persona} writes ${given}, cleared for ${clearance}`,
              answer !== "deny",
              isSeen(given, clearance),
            ];
          }),
        ),
        ...(["none", "proprietary", "confidential"] as const).map((clearance): Answer => {
          // As if there were no folders: who is cleared for nothing has none.
          const context = { ...session(clearance), ...tags("secret", "none") };
          return [`${persona} writes above ${clearance}`, ask("s3:PutObject", `secret/${ADA}/x`, context), "deny"];
        }),
        ...["confidential/AROAROLE:ada/x", "secret/AROAROLE:bob/x", "x"].flatMap((key) =>
          change.map((action): Answer => [`${persona}: ${action} ${key}`, ask(action, key, enough), "deny"]),
        ),
        ...["s3:PutObjectTagging", "s3:PutObjectVersionTagging"].map(
          (action): Answer => [
            `${persona}: ${action}`,
            ask(action, own("secret"), enough) !== "deny",
            isOwner(persona),
          ],
        ),
        ...["s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"].map(
          (action): Answer => [`${persona}: ${action}`, ask(action, own("secret"), enough), "deny"],
        ),
        ...[...change, "s3:PutObjectTagging", "s3:DeleteObjectTagging"].map(
          (action): Answer => [`${action} by a job`, ask(action, "x", session("none"), job), "none"],
        ),
      ];
    }),
);

export const sandboxesAreOfTheLake = eachSandbox(
  "nobody outside the account sees, changes or takes away what people have in their sandboxes",
  ({ arn: bucket, account, policy }) =>
    [...READS, "s3:ListBucket", "s3:PutObject", "s3:PutObjectTagging", "s3:DeleteObject"].map((action): Answer => {
      const resource = action === "s3:ListBucket" ? bucket : `${bucket}/secret/${ADA}/x`;
      const context = { ...session("secret"), ...tags("secret", "secret"), "s3:prefix": `secret/${ADA}/x` };
      const caller = { arn: "arn:aws:iam::999999999999:role/lake-prod-data-analyst" };
      const may = isAllowed(
        { caller, action, resource, context },
        { owner: account, identity: [EVERYTHING], resource: policy },
      );
      return [`${action} by another account`, may, false];
    }),
);
