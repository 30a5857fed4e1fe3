import { addFunctionAlarms } from "../../modules/monitoring/function-alarms";
import { synthModule } from "../support/module";
import { alarmsIn } from "./fixtures";

const stack = synthModule((scope) => {
  const alarms = alarmsIn(scope);
  addFunctionAlarms(scope, { alarms, name: "the-function", timeoutSeconds: 60, advice: "look there." });
});

test.each([
  ["errors", { metric_name: "Errors", statistic: "Sum", threshold: 0, evaluation_periods: 1 }],
  ["errors-throttles", { metric_name: "Throttles", statistic: "Sum", threshold: 0, evaluation_periods: 3 }],
  // Milliseconds, of 60 seconds.
  ["errors-duration", { metric_name: "Duration", extended_statistic: "p99", threshold: 48_000, evaluation_periods: 1 }],
])("a function raises an alarm on its %s", (id, expected) => {
  const found = stack.resources("aws_cloudwatch_metric_alarm").find(({ name }) => name === id);
  expect(found?.block).toMatchObject({
    ...expected,
    namespace: "AWS/Lambda",
    dimensions: { FunctionName: "the-function" },
    comparison_operator: "GreaterThanThreshold",
  });
});
