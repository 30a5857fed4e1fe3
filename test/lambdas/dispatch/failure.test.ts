import { parseResult, reconciliationFault } from "../../../lambdas/dispatch/result";
import { failureOf } from "../../../lambdas/shared/failure";
import { Bench } from "./support";

const glue = (ErrorMessage: string) => ({
  Error: "States.TaskFailed",
  Cause: JSON.stringify({ Id: "jr_1", JobRunState: "FAILED", ErrorMessage }),
});

test.each([
  [glue("QualityRefusedError: 3 rows have no key"), "QualityRefusedError: 3 rows have no key"],
  [glue("lake_spark.errors.SchemaRefusedError: price is a text"), "SchemaRefusedError: price is a text"],
  [
    glue("Error Category: UNCLASSIFIED_ERROR; Failed Line Number: 12; QualityRefusedError: no rows; none at all"),
    "QualityRefusedError: no rows; none at all",
  ],
  [glue("Traceback (most recent call last):\nQualityRefusedError"), "QualityRefusedError"],
  [
    { Error: "States.TaskFailed", Cause: "SchemaRefusedError: a column is gone" },
    "SchemaRefusedError: a column is gone",
  ],
])("%j is the data's fault", (error, reason) => {
  expect(failureOf(error)).toEqual({ refused: true, reason });
});

test.each([
  [glue("Command failed with exit code 1"), "Command failed with exit code 1"],
  // Python's own error of the network, not of data.
  [
    glue("ConnectionRefusedError: [Errno 111] Connection refused"),
    "ConnectionRefusedError: [Errno 111] Connection refused",
  ],
  [glue("RuntimeError: seen a QualityRefusedError: before"), "RuntimeError: seen a QualityRefusedError: before"],
  [{ Error: "States.TaskFailed", Cause: JSON.stringify({ JobRunState: "TIMEOUT" }) }, "the Glue run is TIMEOUT"],
  [
    {
      Error: "States.TaskFailed",
      Cause: '{"Step":{"Id":"s-1","Status":{"State":"FAILED","FailureDetails":{"Message":"no"}}}}',
    },
    "no",
  ],
  [
    {
      Error: "States.TaskFailed",
      Cause: '{"Step":{"Status":{"State":"CANCELLED","StateChangeReason":{"Message":""}}}}',
    },
    "the step is CANCELLED",
  ],
  [
    { Error: "States.TaskFailed", Cause: '{"JobRun":{"State":"FAILED","StateDetails":"out of memory"}}' },
    "out of memory",
  ],
  [{ Error: "States.TaskFailed", Cause: '{"JobRun":{"State":"FAILED"}}' }, "the job run is FAILED"],
  [{ Error: "States.Timeout" }, "States.Timeout"],
  [{ Error: "Glue.EntityNotFoundException", Cause: "no such job" }, "Glue.EntityNotFoundException: no such job"],
  [{ Error: "States.TaskFailed", Cause: "{ cut off" }, "{ cut off"],
  [{ Error: "States.TaskFailed", Cause: "null" }, "null"],
  [undefined, "no reason is given"],
])("%j may succeed another time", (error, reason) => {
  expect(failureOf(error)).toEqual({ refused: false, reason });
});

test("a reason of pages is cut", () => {
  expect(failureOf(glue(`QualityRefusedError: ${"x".repeat(5000)}`)).reason).toHaveLength(1000);
});

describe("results", () => {
  const good = new Bench().writeResult("sales/orders", "b");
  const read = (changes: object) => parseResult(JSON.stringify({ ...good, ...changes }), "refine", "sales/orders", "b");

  test("are believed when they are of the batch and whole", () => {
    expect(read({})).toEqual(good);
    for (const changes of [
      { job: "sales/sellers" },
      { batchId: "c" },
      { status: "done" },
      { finishedAt: "yesterday" },
      { rows: { in: 1 } },
      { rows: undefined },
      { rows: { ...good.rows, in: "10" } },
      { quality: undefined },
    ]) {
      expect(read(changes)).toBeUndefined();
    }
    expect(parseResult("cut o", "refine", "sales/orders", "b")).toBeUndefined();
    expect(parseResult("null", "refine", "sales/orders", "b")).toBeUndefined();
  });

  test("of marts count other rows, and those of refused batches need not count any", () => {
    const mart = new Bench("curate").writeResult("sales/daily_sales", "b");
    const readMart = (changes: object) =>
      parseResult(JSON.stringify({ ...mart, ...changes }), "curate", "sales/daily_sales", "b");
    expect(readMart({})).toEqual(mart);
    expect(readMart({ rows: { in: 1 } })).toBeUndefined();
    expect(readMart({ status: "refused", rows: {} })).toMatchObject({ status: "refused", rows: {} });
    expect(read({ status: "refused", rows: undefined })).toMatchObject({ status: "refused", rows: {} });
  });

  test("add up: what came in is what became of it", () => {
    const fault = (rows: object) => reconciliationFault("refine", { ...good, rows: { ...good.rows, ...rows } });
    expect(fault({})).toBeUndefined();
    expect(fault({ in: 12, refused: 2 })).toBeUndefined();
    expect(fault({ in: 11 })).toBe(
      "11 rows came in, and 10 are accounted for: 4 inserted, 3 updated, 0 removed, 2 unchanged, 1 superseded, 0 refused",
    );
    expect(reconciliationFault("curate", { rows: { in: 11, out: 3 } })).toBeUndefined();
  });
});
