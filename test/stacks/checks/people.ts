import { clearDatabase } from "../../../contracts";
import { type Clearance, clearances, type Persona, personas } from "../../../contracts/people";
import { type Caller, decide, isAllowed, type Policy, type Request } from "../../support/policy";
import type { Resource, Stack } from "../../support/stack";
import { accountOf } from "./access";
import type { Check } from "./check";

type Level = Clearance | "none";
const LEVELS: readonly Level[] = ["none", ...clearances];
const EVERYTHING: Policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
const MODERN = { "aws:SecureTransport": "true", "s3:TlsVersion": "1.3" };

/** A persona's role as its stack has it. */
interface PersonaRole {
  readonly persona: Persona;
  readonly account: string;
  readonly arn: string;
  readonly identity: Policy;
  readonly trust: Policy;
}

function personaRoles(stack: Stack): PersonaRole[] {
  return stack.resources("aws_iam_role").flatMap((role) => {
    const persona = personas.find((one) => String(role.block.name).endsWith(`-${one}`));
    const policy = stack.pointingAt("aws_iam_role_policy", "role", role);
    if (persona === undefined || policy === undefined) return [];
    return [
      {
        persona,
        account: accountOf(stack, role),
        arn: stack.resolve(`\${${role.address}.arn}`),
        identity: stack.policyOf(policy),
        trust: stack.policyOf(role),
      },
    ];
  });
}

type Answer = readonly [question: string, actual: unknown, wanted: unknown];

/** Holds for each persona: the answers that follow from one of its policies, which are found once for each policy. */
function eachPersona(
  name: string,
  from: "identity" | "trust",
  answers: (role: PersonaRole, stack: Stack) => readonly Answer[],
): Check {
  const known = new WeakMap<Policy, string[]>();
  return {
    name,
    find: (stack) =>
      personaRoles(stack).flatMap((role) => {
        const found =
          known.get(role[from]) ??
          answers(role, stack)
            .filter(([, actual, wanted]) => actual !== wanted)
            .map(([question, actual]) => `${role.persona}: ${question}: ${actual}`);
        known.set(role[from], found);
        return found;
      }),
  };
}

/** Buckets with data of any zone. */
function dataBuckets(stack: Stack): Resource[] {
  return stack.resources("aws_s3_bucket").filter(({ name }) => /^(zones_|intake_quarantine_)/.test(name));
}

/** Are there undeclared files that can be asked about? */
const hasCrawler = (stack: Stack) => stack.resources("aws_glue_crawler").length > 0;

const rank = (level: Level) => (level === "none" ? -1 : clearances.indexOf(level));
const tagged = (clearance: Level): NonNullable<Request["context"]> =>
  clearance === "none" ? {} : { "aws:PrincipalTag/clearance": clearance };

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
              rank(classification as Level) <= rank(clearance);
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

export const answersAreKeptApart = eachPersona(
  "people ask in the workgroup for their clearance, and read answers to others of the same clearance alone",
  "identity",
  ({ persona, arn, identity, account }, stack) => {
    const groups = stack.resources("aws_athena_workgroup").filter(({ name }) => name.startsWith("analytics_"));
    const store = stack.resources("aws_s3_bucket").find(({ name }) => name.startsWith("analytics_results_"));
    return LEVELS.flatMap((clearance) =>
      groups.flatMap(({ block }): Answer[] => {
        const can = (action: string, resource: string) =>
          isAllowed(
            { caller: { arn }, action, resource, context: { ...MODERN, ...tagged(clearance) } },
            { owner: account, identity: [identity] },
          );
        const level = String(block.name).split("-").at(-1) ?? "";
        const group = `arn:aws:athena:eu-west-1:${account}:workgroup/${block.name}`;
        const answer = `arn:aws:s3:::${store?.block.bucket}/${level}/x.csv`;
        const own = level === clearance && ["data-scientist", "data-analyst"].includes(persona);
        const elsewhere = `arn:aws:s3:::${store?.block.bucket}/x.csv`;
        return [
          [`asks in ${block.name}, cleared for ${clearance}`, can("athena:StartQueryExecution", group), own],
          [`reads answers of ${block.name}, cleared for ${clearance}`, can("athena:GetQueryResults", group), own],
          [`reads ${answer}, cleared for ${clearance}`, can("s3:GetObject", answer), own],
          [`writes ${answer}, cleared for ${clearance}`, can("s3:PutObject", answer), own],
          [`reads ${elsewhere}, cleared for ${clearance}`, can("s3:GetObject", elsewhere), false],
        ];
      }),
    );
  },
);

/** Answers about undeclared files are not kept apart, so only those who may see all of them see any. */
export const undeclaredAnswersAreSecret = eachPersona(
  "answers about undeclared files are read and written by scientists with the highest clearance alone",
  "identity",
  ({ persona, arn, identity, account }, stack) => {
    const stores = stack
      .resources("aws_s3_bucket")
      .filter(({ name }) => name.startsWith("landing-analytics_results_"))
      .map(({ block }) => `arn:aws:s3:::${block.bucket}/x.csv`);
    return stores.flatMap((answer) =>
      LEVELS.flatMap((clearance) =>
        ["s3:GetObject", "s3:PutObject"].map((action): Answer => {
          const request = { caller: { arn }, action, resource: answer, context: { ...MODERN, ...tagged(clearance) } };
          const can = isAllowed(request, { owner: account, identity: [identity] });
          return [
            `${action} ${answer}, cleared for ${clearance}`,
            can,
            persona === "data-scientist" && rank(clearance) >= 2,
          ];
        }),
      ),
    );
  },
);

export const tablesAreSeenWithClearance = eachPersona(
  "people see tables if they are cleared for anything, and what is unmasked or undeclared only if they are cleared for more",
  "identity",
  ({ persona, arn, identity, account }, stack) =>
    LEVELS.flatMap((clearance) => {
      const can = (action: string, name: string) =>
        isAllowed(
          {
            caller: { arn },
            action,
            resource: `arn:aws:glue:eu-west-1:${account}:${name}`,
            context: tagged(clearance),
          },
          { owner: account, identity: [identity] },
        );
      const isSteward = persona === "data-steward";
      const asks = persona !== "data-engineer" && rank(clearance) >= 0;
      const clear = clearDatabase("sales");
      return [
        ["refined tables", can("glue:GetTable", "table/refined_sales/orders"), asks],
        ["marts", can("glue:GetTables", "database/curated_sales"), asks],
        ["unmasked tables", can("glue:GetTable", `table/${clear}/customers`), asks && rank(clearance) >= 1],
        ["raw tables", can("glue:GetTable", "table/raw_sales/orders"), isSteward && rank(clearance) >= 0],
        [
          "undeclared tables",
          can("glue:GetTable", "table/landing/visits"),
          asks && rank(clearance) >= 2 && (isSteward || (hasCrawler(stack) && persona === "data-scientist")),
        ],
        [
          "describes tables",
          can("glue:UpdateTable", "table/refined_sales/orders"),
          persona === "data-steward" && rank(clearance) >= 0,
        ],
        [
          "describes unmasked tables",
          can("glue:UpdateTable", `table/${clear}/orders`),
          persona === "data-steward" && rank(clearance) >= 1,
        ],
      ].map(([question, ...others]) => [`${question}, cleared for ${clearance}`, ...others] as unknown as Answer);
    }),
);

export const peopleEnterAsTheyMay = eachPersona(
  "people become personas as operators with the external id or as users with MFA, with one of the clearances and no other tag",
  "trust",
  ({ arn, trust, account }) => {
    const enters = (caller: Caller, context: Request["context"], tags: Readonly<Record<string, string>> = {}) => {
      const keys = Object.keys(tags);
      const asked = Object.fromEntries(keys.map((key) => [`aws:RequestTag/${key}`, tags[key] ?? ""]));
      return ["sts:AssumeRole", ...(keys.length > 0 ? ["sts:TagSession"] : [])].every((action) =>
        isAllowed(
          {
            caller,
            action,
            resource: arn,
            context: { ...context, ...asked, ...(keys.length > 0 ? { "aws:TagKeys": keys } : {}) },
          },
          { owner: account, identity: [EVERYTHING], trust },
        ),
      );
    };
    const named = trust.Statement.flatMap(({ Condition }) => Condition?.StringEquals?.["sts:ExternalId"] ?? []);
    const trusted = trust.Statement.flatMap(({ Principal }) =>
      typeof Principal === "object" ? (Principal.AWS ?? []) : [],
    );
    const operator = { arn: String([trusted[0]].flat()[0]) };
    const external = { "sts:ExternalId": String(named[0] ?? "") };
    const user = { arn: `arn:aws:iam::${account}:user/ada` };
    const mfa = { "aws:MultiFactorAuthPresent": "true" };
    return [
      ...clearances.flatMap((clearance): Answer[] => [
        [`an operator, ${clearance}`, enters(operator, external, { clearance }), true],
        [`a user, ${clearance}`, enters(user, mfa, { clearance }), true],
      ]),
      ["an operator", enters(operator, external), true],
      ["an operator without external id", enters(operator, {}), false],
      ["an operator with another", enters(operator, { "sts:ExternalId": "another" }), false],
      ["an operator, royal", enters(operator, external, { clearance: "royal" }), false],
      ["an operator with another tag", enters(operator, external, { clearance: "secret", team: "x" }), false],
      ["a user without MFA", enters(user, {}, { clearance: "proprietary" }), false],
      ["a user, royal", enters(user, mfa, { clearance: "royal" }), false],
      ["a user with another tag", enters(user, mfa, { clearance: "secret", team: "x" }), false],
      ["a role of the account", enters({ arn: `arn:aws:iam::${account}:role/any` }, mfa), false],
    ];
  },
);

export const groupsGiveOnePart: Check = {
  name: "a group for a job lets its people become that persona, a group for a clearance lets them have it, both with MFA and nothing else",
  find: (stack) =>
    stack.resources("aws_iam_group_policy").flatMap((resource) => {
      const group = stack
        .resources("aws_iam_group")
        .find(({ address }) => String(resource.block.group).includes(address));
      const [prefix, name] = splitName(String(group?.block.name));
      const isJob = group?.block.path === "/job/";
      const account = group === undefined ? "" : accountOf(stack, group);
      const can = (action: string, persona: string, context: Request["context"]) =>
        decide(stack.policyOf(resource), "identity", {
          caller: { arn: "any" },
          action,
          resource: `arn:aws:iam::${account}:role/${prefix}${persona}`,
          context,
        }) === "allow";
      const mfa = { "aws:MultiFactorAuthPresent": "true" };
      const tags = (clearance: string, ...more: string[]) => ({
        "aws:RequestTag/clearance": clearance,
        "aws:TagKeys": ["clearance", ...more],
      });
      const answers: Answer[] = [
        ...[...personas, "deploy"].flatMap((persona): Answer[] => [
          [`becomes ${persona}`, can("sts:AssumeRole", persona, mfa), isJob && persona === name],
          [`becomes ${persona} without MFA`, can("sts:AssumeRole", persona, {}), false],
          ...clearances.flatMap((clearance): Answer[] => [
            [
              `has ${clearance} as ${persona}`,
              can("sts:TagSession", persona, { ...mfa, ...tags(clearance) }),
              !isJob && clearance === name && persona !== "deploy",
            ],
            [`has ${clearance} as ${persona} without MFA`, can("sts:TagSession", persona, tags(clearance)), false],
            [`has more than ${clearance}`, can("sts:TagSession", persona, { ...mfa, ...tags(clearance, "x") }), false],
          ]),
        ]),
      ];
      return answers
        .filter(([, actual, wanted]) => actual !== wanted)
        .map(([question]) => `${resource.address} ${question}`);
    }),
};

/** `lake-prod-data-analyst` as `lake-prod-` and `data-analyst`. */
function splitName(name: string): readonly [prefix: string, part: string] {
  const part = [...personas, ...clearances].find((one) => name.endsWith(`-${one}`)) ?? "";
  return [name.slice(0, name.length - part.length), part];
}
