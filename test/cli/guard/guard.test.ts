import { parseAllowedChanges } from "../../../cli/guard/allowed-changes";
import { judge } from "../../../cli/guard/guard";
import { describeVerdict } from "../../../cli/guard/report";
import type { JsonObject } from "../../../cli/plan/plan-json";
import { ConfigurationError, type Problem } from "../../../contracts/problems";
import { change, findingsOn, planOf, verdictOn } from "./support";

const STATEFUL = [
  "s3_bucket",
  "kms_key",
  "dynamodb_table",
  "sqs_queue",
  "cloudwatch_log_group",
  "cloudtrail",
  "sns_topic",
];

describe("what holds data", () => {
  test.each([...STATEFUL, "rds_cluster", "db_instance", "secretsmanager_secret"])("is kept: aws_%s", (name) => {
    const type = `aws_${name}`;
    const [before, after] = [{ name: "a" }, { name: "b" }];
    expect(findingsOn(change({ type, before }))).toEqual(["delete: is deleted"]);
    for (const actions of [
      ["delete", "create"],
      ["create", "delete"],
    ]) {
      expect(findingsOn(change({ type, actions, before, after }))).toEqual([
        "replace: is deleted and made again, empty",
      ]);
    }
    expect(findingsOn(change({ type, actions: ["forget"], before }))).toEqual(["forget: is no longer managed"]);
    expect(findingsOn(change({ type, before, after }), change({ type, after }))).toEqual([]);
  });

  test("may move", () => {
    const moved = {
      ...change({ type: "aws_s3_bucket", actions: ["no-op"], before: {}, after: {} }),
      previous_address: "aws_s3_bucket.old",
    };
    expect(verdictOn(moved)).toEqual({ passes: true, findings: [], notes: [] });
  });

  test("keeps its protection in the configuration, of which no plan tells", () => {
    const plan = planOf(change({ type: "aws_kms_key", actions: ["no-op"], before: {}, after: {} }));
    const judged = (prevent_destroy: boolean) =>
      judge(
        [
          {
            stack: "prod",
            plan,
            configuration: { resource: { aws_kms_key: { one: { lifecycle: { prevent_destroy } } } } },
          },
        ],
        [],
      );
    expect(judged(true).findings).toEqual([]);
    expect(judged(false).findings).toMatchObject([
      { rule: "unprotected", what: "lifecycle.prevent_destroy is not set" },
    ]);
  });

  test("is not what is only read", () => {
    const read = { ...change({ type: "aws_kms_key", before: {} }), mode: "data" };
    expect(verdictOn(read).findings).toEqual([]);
  });
});

describe("what protects something", () => {
  const companion = change({ type: "aws_s3_bucket_policy", before: { bucket: "raw" } });

  test("is kept while that stays", () => {
    expect(findingsOn(companion)).toEqual(["unguarded: is removed while what it protects stays"]);
  });

  test.each([
    ["aws_cloudwatch_metric_alarm", { dimensions: { QueueName: "drop" } }, "aws_sqs_queue", { name: "drop" }],
    [
      "aws_cloudwatch_metric_alarm",
      { dimensions: { FunctionName: "a" } },
      "aws_lambda_function",
      { function_name: "a" },
    ],
    ["aws_sns_topic_policy", { arn: "arn:t" }, "aws_sns_topic", { arn: "arn:t" }],
    ["aws_flow_log", { vpc_id: "vpc-1" }, "aws_vpc", { id: "vpc-1" }],
    ["aws_cloudwatch_log_metric_filter", { log_group_name: "t" }, "aws_cloudwatch_log_group", { name: "t" }],
  ])("%s goes with its own, and not with another", (type, before, ownerType, owner) => {
    const gone = change({ type, before: before as JsonObject });
    const unguarded = (other: object) =>
      findingsOn(gone, change({ type: ownerType, before: other as JsonObject })).filter((text) =>
        text.startsWith("unguarded"),
      );
    expect(unguarded(owner)).toEqual([]);
    expect(unguarded({ name: "other", id: "other", arn: "other" })).toHaveLength(1);
  });

  test.each(["aws_budgets_budget", "aws_ce_anomaly_monitor", "aws_ce_anomaly_subscription"])(
    "is what watches the costs of an account, too: %s",
    (type) => {
      expect(findingsOn(change({ type, before: { name: "a" } }))).toEqual([
        "unguarded: is removed while what it protects stays",
      ]);
    },
  );

  test("goes without a word of its own with what it protects", () => {
    const bucket = change({ type: "aws_s3_bucket", before: { id: "raw" } });
    expect(findingsOn(companion, bucket)).toEqual(["delete: is deleted"]);
  });
});

describe("changes that are meant", () => {
  const entry = {
    stack: "prod",
    address: "aws_s3_bucket.one",
    rule: "delete",
    reason: "nobody uses it",
    until: "2026-11-21",
  };
  const plan = planOf(change({ type: "aws_s3_bucket", before: {} }));
  const judged = (changed: Partial<typeof entry> = {}) => judge([{ stack: "prod", plan }], [{ ...entry, ...changed }]);

  test("pass until the last day that was given, with their reason", () => {
    expect(judged()).toMatchObject({ passes: true, findings: [{ allowed: "nobody uses it" }], notes: [] });
  });

  test("are refused after that day, by the day of the plan", () => {
    const { passes, notes } = judged({ until: "2026-11-20" });
    expect(passes).toBe(false);
    expect(notes).toEqual(["prod: the leave for aws_s3_bucket.one ended on 2026-11-20."]);
  });

  test.each([{ stack: "security" }, { address: "aws_s3_bucket.two" }, { rule: "replace" }])(
    "are only what was written down: %j is something else",
    (changed) => {
      expect(judged(changed).passes).toBe(false);
    },
  );

  test("that do not happen are told of, as far as their stack was planned", () => {
    expect(judged({ rule: "replace" }).notes).toEqual([
      "prod: the leave for replace of aws_s3_bucket.one is not needed: remove it.",
    ]);
    expect(judged({ stack: "security" }).notes).toEqual([]);
  });
});

describe("accounts/allowed-changes.yml", () => {
  const parse = (text: string) => parseAllowedChanges(text, ["bootstrap", "security", "prod"]);
  const problems = (text: string): readonly Problem[] => {
    try {
      parse(text);
    } catch (error) {
      if (error instanceof ConfigurationError) return error.problems;
      throw error;
    }
    return [];
  };

  test("lists changes", () => {
    expect(parse("# none\nallowed: []\n")).toEqual([]);
    expect(parse("")).toEqual([]);
    expect(
      parse("allowed:\n  - { stack: prod, address: a.b, rule: delete, reason: It is empty., until: 2026-12-31 }"),
    ).toEqual([{ stack: "prod", address: "a.b", rule: "delete", reason: "It is empty.", until: "2026-12-31" }]);
  });

  test("is wrong in every place that is told at once", () => {
    const text = `allowed:
  - { stack: prod, address: a.b, rule: delete, reason: no, until: soon }
  - { stak: prod, address: a.b, rule: delete, reason: It is empty., until: 2026-12-31 }`;
    expect(problems(text).map(({ path }) => path)).toEqual([
      "allowed[0].reason",
      "allowed[0].until",
      "allowed[1].stack",
      "allowed[1].stak",
    ]);
  });

  test("knows the rules and the stacks", () => {
    const text = "allowed:\n  - { stack: prd, address: a.b, rule: delet, reason: It is empty., until: 2026-12-31 }";
    expect(problems(text)).toMatchObject([
      { path: "allowed[0].rule", value: "delet", fix: "write `delete`" },
      { path: "allowed[0].stack", value: "prd", fix: "write `prod`" },
    ]);
  });

  test("that is no YAML is a problem with a line", () => {
    expect(problems("allowed: [\n  - :\n")).toMatchObject([
      { file: expect.stringMatching(/^accounts\/allowed-changes\.yml:\d+$/) },
    ]);
  });
});

test("a refusal names the resource, what it does, why that is refused, and how to proceed", () => {
  const text = describeVerdict(
    verdictOn(
      change({ type: "aws_s3_bucket", before: {} }),
      change({ type: "aws_kms_key", before: { enable_key_rotation: true }, after: { enable_key_rotation: false } }),
    ),
  );
  expect(text).toMatch(
    /^REFUSED by delete: .+\n {2}prod: aws_s3_bucket\.one: is deleted\n {4}why: .+\n {4}how to proceed: .*moveFromId/m,
  );
  expect(text).toMatch(
    /^REFUSED by rotation: .+\n {2}prod: aws_kms_key\.one: enable_key_rotation: true -> false\n {4}why: .+\n/m,
  );
  expect(text).toContain("The guard refuses 2 changes.");
  expect(text).toContain("accounts/allowed-changes.yml");
});
