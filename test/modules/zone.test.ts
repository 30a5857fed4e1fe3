import fc from "fast-check";
import { Zones } from "../../modules/storage/zones";
import { PLACE, roleArn, synthModule } from "../support/module";
import { decide } from "../support/policy";
import type { Stack } from "../support/stack";
import { alarmsIn, zoneIn } from "./fixtures";

const stack = synthModule((scope) => {
  zoneIn(scope, "drop", alarmsIn(scope), {
    lifecycle: { expireAfterDays: 90 },
    streams: [
      { name: "sales", prefix: "sales/" },
      { name: "commits", suffix: ".metadata.json" },
      { name: "both", prefix: "a*b\\c/", suffix: ".csv" },
    ],
  });
});

/** What every zone has to be made of, by the name of its construct. */
function expectZone(of: Stack, name: string): void {
  for (const type of ["aws_kms_key", "aws_s3_bucket", "aws_s3_bucket_policy", "aws_s3_bucket_notification"]) {
    expect(of.resources(type).filter((resource) => resource.name.startsWith(name))).not.toEqual([]);
  }
  expect(of.only("aws_sqs_queue", `${name}_arrivals_queue`)).toBeDefined();
  expect(of.only("aws_sqs_queue", `${name}_arrivals_dead-letters`)).toBeDefined();
  expect(of.only("aws_cloudwatch_metric_alarm", `${name}_arrivals_poison`)).toBeDefined();
}

describe("a zone", () => {
  test("is a bucket with its own key, a queue, a dead-letter queue and an alarm", () => {
    expectZone(stack, "drop");
    const key = stack.only("aws_kms_key", "drop").address;
    expect(JSON.stringify(stack.only("aws_s3_bucket_server_side_encryption_configuration").block)).toContain(
      `\${${key}.arn}`,
    );
  });

  test("tells its queue of every new object, and EventBridge as well", () => {
    const notification = stack.only("aws_s3_bucket_notification");
    expect(notification.block).toMatchObject({
      bucket: `\${${stack.only("aws_s3_bucket").address}.bucket}`,
      eventbridge: true,
      queue: [
        {
          events: ["s3:ObjectCreated:*"],
          queue_arn: `\${${stack.only("aws_sqs_queue", "drop_arrivals_queue").address}.arn}`,
        },
      ],
    });
    expect(notification.block.queue).toHaveLength(1);
    expect(JSON.stringify(notification.block.queue)).not.toContain("filter");
  });

  test("gives no alarm on old messages to a queue that nobody consumes", () => {
    expect(stack.resources("aws_cloudwatch_metric_alarm").filter(({ name }) => name.includes("_old_"))).toEqual([]);
  });
});

describe("a stream of a zone", () => {
  const pattern = (name: string) =>
    JSON.parse(String(stack.only("aws_cloudwatch_event_rule", `drop_rule-${name}`).block.event_pattern)) as {
      detail: { bucket: { name: string[] }; object: { key: unknown[] } };
    };

  test("hears of keys that begin and end as it says", () => {
    expect(pattern("sales").detail.object.key).toEqual([{ prefix: "sales/" }]);
    expect(pattern("commits").detail.object.key).toEqual([{ suffix: ".metadata.json" }]);
    expect(pattern("both").detail.object.key).toEqual([{ wildcard: "a\\*b\\\\c/*.csv" }]);
  });

  test("hears of its own bucket only", () => {
    for (const name of ["sales", "commits", "both"])
      expect(pattern(name).detail.bucket.name).toEqual(["the-drop-bucket"]);
  });

  test("has a queue of its own with dead letters, to which its rule alone may send", () => {
    const queue = stack.only("aws_sqs_queue", "drop_stream-sales_queue");
    const resource = "arn:aws:sqs:eu-west-1:111111111111:the-drop-sales";
    const send = (rule: string) =>
      decide(stack.policyOf(queue), "resource", {
        caller: { service: "events.amazonaws.com" },
        action: "sqs:SendMessage",
        resource,
        context: {
          "aws:SecureTransport": "true",
          "aws:SourceAccount": PLACE.accountId,
          "aws:SourceArn": `arn:aws:events:eu-west-1:111111111111:rule/${rule}`,
        },
      });
    expect(stack.only("aws_cloudwatch_event_rule", "drop_rule-sales").block.name).toBe("the-drop-sales");
    expect(send("the-drop-sales")).toBe("allow");
    expect(send("the-drop-commits")).toBe("none");
    expect(stack.only("aws_cloudwatch_event_target", "drop_target-sales").block.arn).toBe(`\${${queue.address}.arn}`);
    expect(stack.only("aws_sqs_queue", "drop_stream-sales_dead-letters")).toBeDefined();
    expect(stack.only("aws_cloudwatch_metric_alarm", "drop_stream-sales_poison")).toBeDefined();
  });
});

describe("zones", () => {
  const synthZones = (names: readonly string[]): Stack =>
    synthModule((scope) => {
      const zones = new Zones(scope, "zones", {
        place: PLACE,
        zones: names.map((name) => ({
          name,
          physicalName: `lake-${name}`,
          bucketName: `lake-${name}-bucket`,
          lifecycle: {},
          streams: [],
          consumerTimeoutSeconds: 60,
        })),
        alarms: alarmsIn(scope),
        streamTimeoutSeconds: 60,
        extensionRoles: roleArn("the-x-*"),
        removable: false,
      });
      expect(zones.all.map(({ bucket }) => bucket.name)).toEqual(names.map((name) => `lake-${name}-bucket`));
      expect([zones.first, zones.second]).toEqual(zones.all.slice(0, 2));
    });

  test("can be any number with any names", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,14}[a-z0-9]$/);
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 2, maxLength: 6 }), (names) => {
        const of = synthZones(names);
        expect(of.resources("aws_s3_bucket")).toHaveLength(names.length);
        expect(of.resources("aws_sqs_queue")).toHaveLength(2 * names.length);
        expect(new Set(of.resources("aws_kms_key").map(({ address }) => address)).size).toBe(names.length + 1);
      }),
      { numRuns: 10 },
    );
  });

  test("keep their addresses when another is put in between", () => {
    const addresses = (names: string[]) =>
      synthZones(names)
        .resources()
        .map(({ address }) => address);
    expect(addresses(["drop", "clean", "raw"])).toEqual(expect.arrayContaining(addresses(["drop", "raw"])));
  });

  test("are two at least", () => {
    expect(() => synthZones(["raw"])).toThrow("two zones or more");
  });
});
