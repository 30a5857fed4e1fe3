import type { TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { type Clearance, clearances, type Persona, personas } from "../../contracts/people";
import { LandingCrawler } from "../../modules/catalog/landing-crawler";
import type { EntrancesProps } from "../../modules/identity/entrances";
import { LakeUsers } from "../../modules/identity/lake-users";
import { Ledger } from "../../modules/intake/ledger";
import { Analytics, type Source } from "../../modules/query/analytics";
import { SparkEnvironment } from "../../modules/spark/spark-environment";
import { Bucket } from "../../modules/storage/bucket";
import { FOREIGN_ACCOUNT, PLACE, roleArn, synthModule } from "../support/module";
import { type Caller, isAllowed, type Request } from "../support/policy";
import { alarmsIn, artifact, BOUNDARY, functionEnvironment, keyIn, MODERN, zoneIn } from "./fixtures";

const PROVIDER = `arn:aws:iam::${PLACE.accountId}:saml-provider/people`;
const ssoRole = (set: string) => `arn:aws:iam::${PLACE.accountId}:role/aws-reserved/sso.amazonaws.com/*${set}_*`;

function make(
  scope: TerraformStack,
  isLanding = true,
  singleSignOn?: EntrancesProps["singleSignOn"],
  isAsked = true,
): void {
  const alarms = alarmsIn(scope);
  const [drop, raw, refined, curated] = ["drop", "raw", "refined", "curated"].map((name) =>
    zoneIn(scope, name, alarms),
  ) as [ZoneOf, ZoneOf, ZoneOf, ZoneOf];
  const key = keyIn(scope, "operations");
  new LakeUsers(scope, "users", {
    place: PLACE,
    producerName: "producer",
    nameOf: (persona) => persona,
    operators: ["arn:aws:iam::222222222222:root"],
    externalId: "external",
    singleSignOn,
    boundaryArn: BOUNDARY,
    zones: { arrivals: drop, marts: curated, all: [drop, raw, refined, curated] },
    quarantine: new Bucket(scope, "quarantine", { name: "the-quarantine", key: drop.key, removable: false }),
    ledger: new Ledger(scope, "ledger", { name: "the-ledger", key, removable: false }),
    catalog: { key, databases: ["raw_*", "refined_*", "curated_*", "landing"] },
    analytics: isAsked
      ? askAbout("analysts", [
          {
            bucket: refined.bucket,
            prefixes: ["masked/", "clear/"],
            databases: "refined_*",
            guarded: { databases: "refined_*_clear", least: "confidential" },
          },
          { bucket: curated.bucket, prefixes: ["marts/"], databases: "curated_*" },
        ])
      : undefined,
    landing: isLanding
      ? {
          crawler: crawlerOf(),
          analytics: askAbout("landing", [
            {
              bucket: drop.bucket,
              prefixes: ["landing/"],
              databases: "landing",
              guarded: { databases: "landing", least: "secret" },
            },
          ]),
        }
      : undefined,
  });

  function askAbout(name: string, sources: readonly Source[]): Analytics {
    return new Analytics(scope, name, {
      place: PLACE,
      workgroupName: name,
      resultsBucketName: `${name}-results`,
      keyAlias: `${name}-results`,
      catalogKey: key,
      keepResultsDays: 1,
      scanLimitGb: 1,
      sources,
      queries: [],
      removable: false,
    });
  }

  function crawlerOf(): LandingCrawler {
    const { network: _, ...shared } = functionEnvironment(new Construct(scope, "shared"));
    const code = { library: artifact("library"), jars: [] };
    return new LandingCrawler(scope, "crawler", {
      environment: new SparkEnvironment(scope, "spark", { ...shared, name: "the-spark", jobPrefix: "the-", code }),
      name: "the-crawler",
      zone: drop,
      prefix: "landing/",
      database: { name: "landing", reference: "landing" },
      catalogKey: key,
      schedule: "cron(0 * * * ? *)",
      alarms,
    });
  }
}

type ZoneOf = ReturnType<typeof zoneIn>;
type Level = Clearance | "none";
const LEVELS: readonly Level[] = ["none", ...clearances];

const stack = synthModule((scope) => make(scope));

/** Whether somebody may do something, by what their role's own policy says. */
function can(
  who: "producer" | Persona,
  clearance: Level,
  action: string,
  resource: string,
  context: Request["context"] = {},
): boolean {
  const tag: Request["context"] = clearance === "none" ? {} : { "aws:PrincipalTag/clearance": clearance };
  return isAllowed(
    { caller: { arn: roleArn(who) }, action, resource, context: { ...MODERN, ...tag, ...context } },
    { owner: PLACE.accountId, identity: [stack.policyOf(stack.only("aws_iam_role_policy", `users_${who}_`))] },
  );
}

const object = (bucket: string, key = "sales/any") => `arn:aws:s3:::${bucket}/${key}`;
const has = (level: Level): NonNullable<Request["context"]> =>
  level === "none" ? {} : { "s3:ExistingObjectTag/classification": level };
const gives = (level: Level): NonNullable<Request["context"]> =>
  level === "none" ? {} : { "s3:RequestObjectTag/classification": level };
const queue = (name: string) => `arn:aws:sqs:eu-west-1:111111111111:${name}`;
const glue = (name: string) => `arn:aws:glue:eu-west-1:111111111111:${name}`;
const ask = (workgroup: string) => `arn:aws:athena:eu-west-1:111111111111:workgroup/${workgroup}`;
const LEDGER = "arn:aws:dynamodb:eu-west-1:111111111111:table/the-ledger";

const BUCKETS = ["the-drop-bucket", "the-raw-bucket", "the-refined-bucket", "the-curated-bucket", "the-quarantine"];
const EVERYTHING = [
  ...BUCKETS.map((bucket) => object(bucket)),
  ...["masked/x", "clear/x"].map((key) => object("the-refined-bucket", key)),
  ...["marts/x", "experiments/x"].map((key) => object("the-curated-bucket", key)),
  object("the-drop-bucket", "landing/x"),
];
/** What each persona reads at all, if it is cleared for it. */
const READS: Readonly<Record<Persona, readonly string[]>> = {
  "data-steward": [],
  "data-engineer": EVERYTHING,
  "data-scientist": [
    object("the-drop-bucket", "landing/x"),
    object("the-refined-bucket", "masked/x"),
    object("the-refined-bucket", "clear/x"),
    object("the-curated-bucket", "marts/x"),
    object("the-curated-bucket", "experiments/x"),
  ],
  "data-analyst": [
    object("the-refined-bucket", "masked/x"),
    object("the-refined-bucket", "clear/x"),
    object("the-curated-bucket", "marts/x"),
  ],
};

describe.each(personas)("a %s", (persona) => {
  test.each(LEVELS)("with the clearance %s reads what is classified so or less, and nothing untagged", (clearance) => {
    for (const resource of EVERYTHING) {
      for (const classification of LEVELS) {
        const isEnough =
          classification !== "none" &&
          clearance !== "none" &&
          clearances.indexOf(classification) <= clearances.indexOf(clearance) &&
          // Nobody has checked the tags of what arrives.
          (!resource.includes("the-drop-bucket") || clearance === "secret");
        for (const action of ["s3:GetObject", "s3:GetObjectVersion"]) {
          const isRead = can(persona, clearance, action, resource, has(classification));
          expect([resource, classification, isRead]).toEqual([
            resource,
            classification,
            isEnough && READS[persona].includes(resource),
          ]);
        }
      }
      expect(can(persona, clearance, "s3:GetObject", resource, has("royal" as Level))).toBe(false);
    }
  });

  test.each(LEVELS)("with the clearance %s writes nothing above it, untagged or elsewhere", (clearance) => {
    const places: Partial<Record<Persona, string>> = {
      "data-engineer": object("the-drop-bucket"),
      "data-scientist": object("the-curated-bucket", "experiments/x"),
    };
    for (const resource of EVERYTHING) {
      for (const classification of LEVELS) {
        const isEnough =
          classification !== "none" &&
          clearance !== "none" &&
          clearances.indexOf(classification) <= clearances.indexOf(clearance);
        const isPlace =
          resource === places[persona] || (persona === "data-engineer" && resource.includes("the-drop-bucket"));
        const isWritten = can(persona, clearance, "s3:PutObject", resource, gives(classification));
        expect([resource, classification, isWritten]).toEqual([resource, classification, isEnough && isPlace]);
      }
    }
  });

  test("deletes no data, changes no bucket, key, role or record of what happened", () => {
    for (const clearance of LEVELS) {
      for (const resource of EVERYTHING) {
        const own = persona === "data-scientist" && resource.endsWith("experiments/x");
        expect(can(persona, clearance, "s3:DeleteObject", resource)).toBe(own);
        expect(can(persona, clearance, "s3:DeleteObjectVersion", resource)).toBe(false);
        expect(can(persona, clearance, "s3:DeleteObjectTagging", resource)).toBe(false);
      }
      for (const [action, resource] of [
        ["s3:PutBucketPolicy", "arn:aws:s3:::the-raw-bucket"],
        ["s3:PutLifecycleConfiguration", "arn:aws:s3:::the-raw-bucket"],
        ["kms:PutKeyPolicy", "arn:aws:kms:eu-west-1:111111111111:key/any"],
        ["kms:DisableKey", "arn:aws:kms:eu-west-1:111111111111:key/any"],
        ["iam:PutRolePolicy", roleArn(persona)],
        ["iam:PassRole", roleArn("the-x")],
        ["iam:AddUserToGroup", `arn:aws:iam::${PLACE.accountId}:group/clearance/x`],
        ["sts:AssumeRole", roleArn("data-steward")],
        ["dynamodb:PutItem", LEDGER],
        ["dynamodb:DeleteItem", LEDGER],
        ["cloudtrail:StopLogging", "*"],
        ["sqs:PurgeQueue", queue("the-drop")],
        ["sqs:SetQueueAttributes", queue("the-drop")],
        ["glue:DeleteTable", glue("table/refined_sales/orders")],
        ["glue:CreateTable", glue("table/refined_sales/orders")],
        ["athena:UpdateWorkGroup", ask("analysts")],
      ] as const) {
        expect([action, can(persona, clearance, action, resource)]).toEqual([action, false]);
      }
    }
  });

  test.each(LEVELS)("with the clearance %s sees tables as far as they are open to it", (clearance) => {
    const sees = (name: string) => can(persona, clearance, "glue:GetTable", glue(name));
    const at = clearance === "none" ? -1 : clearances.indexOf(clearance);
    const asks = persona !== "data-engineer";
    expect(sees("table/refined_sales/orders")).toBe(asks && at >= 0);
    expect(sees("table/curated_sales/daily_sales")).toBe(asks && at >= 0);
    expect(sees("table/refined_sales_clear/orders")).toBe(asks && at >= 1);
    expect(sees("database/refined_sales_clear")).toBe(asks && at >= 1);
    expect(sees("table/raw_sales/orders")).toBe(persona === "data-steward" && at >= 0);
    expect(sees("table/landing/visits")).toBe((persona === "data-steward" || persona === "data-scientist") && at >= 2);
    expect(can(persona, clearance, "glue:UpdateTable", glue("table/refined_sales/orders"))).toBe(
      persona === "data-steward" && at >= 0,
    );
  });
});

describe("a producer", () => {
  test("puts files where they arrive and sees what became of them", () => {
    expect(can("producer", "none", "s3:PutObject", object("the-drop-bucket"))).toBe(true);
    expect(can("producer", "none", "dynamodb:Query", LEDGER)).toBe(true);
  });

  test("reads nothing, reaches no other zone, deletes nothing and receives nothing", () => {
    for (const bucket of BUCKETS) {
      expect(can("producer", "secret", "s3:GetObject", object(bucket), has("proprietary"))).toBe(false);
      expect(can("producer", "none", "s3:ListBucket", `arn:aws:s3:::${bucket}`)).toBe(false);
      expect(can("producer", "none", "s3:DeleteObject", object(bucket))).toBe(false);
      if (bucket !== "the-drop-bucket") expect(can("producer", "none", "s3:PutObject", object(bucket))).toBe(false);
    }
    expect(can("producer", "none", "sqs:ReceiveMessage", queue("the-drop"))).toBe(false);
    expect(can("producer", "none", "dynamodb:PutItem", LEDGER)).toBe(false);
  });
});

describe("stewards and engineers keep the data flowing, scientists and analysts do not:", () => {
  test.each([
    ["dynamodb:Query", LEDGER],
    ["sqs:StartMessageMoveTask", queue("the-drop-dlq")],
    ["sqs:StartMessageMoveTask", queue("the-raw-dlq")],
    ["sqs:StartMessageMoveTask", queue("the-curated-dlq")],
    ["glue:StartCrawler", glue("crawler/the-crawler")],
    ["s3:ListBucket", "arn:aws:s3:::the-raw-bucket"],
    ["s3:ListBucket", "arn:aws:s3:::the-quarantine"],
  ])("%s on %s", (action, resource) => {
    expect(personas.map((persona) => can(persona, "proprietary", action, resource))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe("a steward classifies objects", () => {
  const classify = (persona: Persona, clearance: Level, from: Level, to: Level) =>
    can(persona, clearance, "s3:PutObjectTagging", object("the-raw-bucket"), { ...has(from), ...gives(to) });

  test("that the clearance is enough for, as anything", () => {
    expect(classify("data-steward", "confidential", "confidential", "proprietary")).toBe(true);
    expect(classify("data-steward", "confidential", "proprietary", "secret")).toBe(true);
    expect(classify("data-steward", "secret", "none", "proprietary")).toBe(true);
  });

  test("and none above it, none without a classification, and nothing as what there is not", () => {
    expect(classify("data-steward", "confidential", "secret", "proprietary")).toBe(false);
    expect(classify("data-steward", "confidential", "none", "proprietary")).toBe(false);
    expect(classify("data-steward", "none", "proprietary", "proprietary")).toBe(false);
    expect(classify("data-steward", "secret", "secret", "royal" as Level)).toBe(false);
    expect(classify("data-steward", "secret", "secret", "none")).toBe(false);
  });

  test("and nobody else does, but for what they bring", () => {
    for (const persona of ["data-engineer", "data-scientist", "data-analyst"] as const)
      expect(classify(persona, "secret", "secret", "proprietary")).toBe(false);
    const inDrop = (clearance: Level, from: Level) =>
      can("data-engineer", clearance, "s3:PutObjectTagging", object("the-drop-bucket"), {
        ...has(from),
        ...gives("proprietary"),
      });
    expect(inDrop("proprietary", "none")).toBe(true);
    expect(inDrop("proprietary", "secret")).toBe(false);
  });
});

describe("who asks", () => {
  test.each([
    ["data-analyst", "analysts", true],
    ["data-scientist", "analysts", true],
    ["data-engineer", "analysts", false],
    ["data-steward", "analysts", false],
    ["data-analyst", "landing", false],
    ["data-scientist", "landing", true],
    ["data-engineer", "landing", false],
    ["data-steward", "landing", false],
  ] as const)("a %s in the workgroup %s: %s", (persona, workgroup, allowed) => {
    expect(can(persona, "secret", "athena:StartQueryExecution", ask(workgroup))).toBe(allowed);
    expect(can(persona, "secret", "s3:GetObject", object(`${workgroup}-results`))).toBe(allowed);
  });

  test("lists the tables' own prefixes and no others", () => {
    const lists = (prefix: string) =>
      can("data-analyst", "secret", "s3:ListBucket", "arn:aws:s3:::the-refined-bucket", { "s3:prefix": prefix });
    expect([lists("masked/sales/"), lists("elsewhere/")]).toEqual([true, false]);
  });

  test("needs something to ask: without tables there are no analysts, without a crawler no such rights", () => {
    const names = (without: typeof stack) => without.resources("aws_iam_role").map(({ block }) => block.name);
    const bare = synthModule((scope) => make(scope, false, undefined, false));
    expect(names(bare)).toEqual(expect.arrayContaining(["data-steward", "data-engineer", "producer"]));
    expect(names(bare)).not.toContain("data-analyst");
    expect(names(bare)).not.toContain("data-scientist");
  });
});

describe("the way in", () => {
  const withSso = synthModule((scope) =>
    make(scope, false, {
      samlProvider: PROVIDER,
      permissionSets: [
        { role: ssoRole("AWSReservedSSO_Analysts"), persona: "data-analyst", clearance: "confidential" },
      ],
    }),
  );
  const roles = stack.resources("aws_iam_role").filter(({ name }) => name.startsWith("users_data-"));
  const EVERY_RIGHT = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] } as const;

  /** Whether the caller gets in with a session that has the tags. */
  function enters(
    caller: Caller,
    context: Request["context"],
    tags: Readonly<Record<string, string>> = {},
    { of = stack, persona = "data-analyst", by = "sts:AssumeRole" } = {},
  ): boolean {
    const keys = Object.keys(tags);
    const actions = [by, ...(keys.length > 0 ? ["sts:TagSession"] : [])];
    const role = of.only("aws_iam_role", `users_${persona}_`);
    const asked = Object.fromEntries(keys.map((key) => [`aws:RequestTag/${key}`, tags[key] ?? ""]));
    return actions.every((action) =>
      isAllowed(
        {
          caller,
          action,
          resource: roleArn(persona),
          context: { ...context, ...asked, ...(keys.length > 0 ? { "aws:TagKeys": keys } : {}) },
        },
        { owner: PLACE.accountId, identity: [EVERY_RIGHT], trust: of.policyOf(role) },
      ),
    );
  }
  const operator = { arn: roleArn("person", "222222222222") };
  const user = { arn: `arn:aws:iam::${PLACE.accountId}:user/ada` };
  const EXTERNAL = { "sts:ExternalId": "external" };
  const MFA = { "aws:MultiFactorAuthPresent": "true" };

  test("is there for each persona, within the boundary", () => {
    expect(roles).toHaveLength(personas.length);
    for (const role of roles) expect(role.block.permissions_boundary).toBe(BOUNDARY);
  });

  test("is open to operators with the external id, with any clearance or none", () => {
    for (const clearance of clearances) expect(enters(operator, EXTERNAL, { clearance })).toBe(true);
    expect(enters(operator, EXTERNAL)).toBe(true);
    expect(enters(operator, {}, { clearance: "secret" })).toBe(false);
    expect(enters(operator, { "sts:ExternalId": "other" })).toBe(false);
    expect(enters({ arn: roleArn("person", FOREIGN_ACCOUNT) }, EXTERNAL)).toBe(false);
  });

  test("takes no clearance that there is not, and no other tag", () => {
    expect(enters(operator, EXTERNAL, { clearance: "royal" })).toBe(false);
    expect(enters(operator, EXTERNAL, { Clearance: "royal" })).toBe(false);
    expect(enters(operator, EXTERNAL, { clearance: "secret", team: "sales" })).toBe(false);
    expect(enters(user, MFA, { clearance: "royal" })).toBe(false);
    expect(enters(user, MFA, { team: "sales" })).toBe(false);
  });

  test("asks users of the account for MFA, and lets no role of it in", () => {
    expect(enters(user, MFA, { clearance: "secret" })).toBe(true);
    expect(enters(user, {}, { clearance: "secret" })).toBe(false);
    expect(enters(user, { "aws:MultiFactorAuthPresent": "false" })).toBe(false);
    expect(enters({ arn: roleArn("the-x-any") }, MFA)).toBe(false);
    expect(enters({ arn: `arn:aws:iam::${FOREIGN_ACCOUNT}:user/ada` }, MFA)).toBe(false);
  });

  test("is open to permission sets for their persona, with their clearance or less", () => {
    const ada = { arn: `${ssoRole("AWSReservedSSO_Analysts").replace("*", "eu-west-1/").replace("_*", "_0f3c")}` };
    const other = { arn: ada.arn.replace("Analysts", "Others") };
    const sso = { of: withSso };
    expect(enters(ada, {}, { clearance: "confidential" }, sso)).toBe(true);
    expect(enters(ada, {}, { clearance: "proprietary" }, sso)).toBe(true);
    expect(enters(ada, {}, {}, sso)).toBe(true);
    expect(enters(ada, {}, { clearance: "secret" }, sso)).toBe(false);
    expect(enters(ada, {}, { clearance: "confidential" }, { ...sso, persona: "data-engineer" })).toBe(false);
    expect(enters(other, {}, { clearance: "proprietary" }, sso)).toBe(false);
    expect(enters(ada, {}, { clearance: "proprietary" })).toBe(false);
  });

  test("fits into a trust policy however people come", () => {
    const longName = ssoRole(`AWSReservedSSO_${"x".repeat(32)}`);
    const set = (clearance: Clearance) => ({ role: longName, persona: "data-analyst" as const, clearance });
    for (const sso of [
      { permissionSets: [set("secret"), set("confidential")] },
      { samlProvider: PROVIDER.replace("people", "x".repeat(128)), permissionSets: [set("secret")] },
    ]) {
      const longest = synthModule((scope) => make(scope, false, sso));
      const policy = longest.policyOf(longest.only("aws_iam_role", "users_data-analyst_"));
      expect(JSON.stringify(policy).length).toBeLessThanOrEqual(2048);
    }
  });

  test("is open to assertions of the SAML provider for AWS", () => {
    const bearer = { provider: PROVIDER };
    const aud = { "SAML:aud": "https://signin.aws.amazon.com/saml" };
    const sso = { of: withSso, by: "sts:AssumeRoleWithSAML" };
    expect(enters(bearer, aud, { clearance: "secret" }, sso)).toBe(true);
    expect(enters(bearer, aud, { clearance: "royal" }, sso)).toBe(false);
    expect(enters(bearer, { "SAML:aud": "https://elsewhere.example" }, { clearance: "secret" }, sso)).toBe(false);
    expect(enters({ provider: `${PROVIDER}-2` }, aud, { clearance: "secret" }, sso)).toBe(false);
    expect(enters(bearer, aud, { clearance: "secret" }, { by: "sts:AssumeRoleWithSAML" })).toBe(false);
  });
});
