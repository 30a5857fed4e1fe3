import { RefusalAlarms, refusalPattern } from "../../modules/audit/refusal-alarms";
import { synthModule } from "../support/module";
import { alarmsIn } from "./fixtures";

const stack = synthModule((scope) => {
  const alarms = alarmsIn(scope);
  new RefusalAlarms(scope, "refusals", {
    logGroupName: "the-trail",
    nameOf: (part) => `the-${part}`,
    limit: 7,
    alarms,
  });
});

test.each(["s3", "kms"])("refused calls of %s are counted in the trail's log group, and raise an alarm", (service) => {
  const filter = stack.only("aws_cloudwatch_log_metric_filter", `refusals_${service}-filter`).block;
  expect(filter).toMatchObject({ log_group_name: "the-trail", pattern: refusalPattern(service) });
  expect(filter.metric_transformation).toMatchObject({ name: `the-${service}-refused`, namespace: "DataLake/Audit" });
  const [alarm] = stack
    .resources("aws_cloudwatch_metric_alarm")
    .filter(({ block }) => block.alarm_name === `the-${service}-refused`);
  expect(alarm?.block).toMatchObject({
    metric_name: `the-${service}-refused`,
    namespace: "DataLake/Audit",
    comparison_operator: "GreaterThanThreshold",
    threshold: 7,
  });
});

test("what S3 and KMS say when they refuse is found, and nothing else", () => {
  expect(refusalPattern("kms")).toBe('{ ($.eventSource = "kms.amazonaws.com") && ($.errorCode = "AccessDenied*") }');
});
