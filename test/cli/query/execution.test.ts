import {
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  InvalidRequestException,
  StartQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import { InputError, OperationError } from "../../../cli/exit-codes";
import { execute } from "../../../cli/query/execution";
import { snapshotsOf } from "../../../cli/query/history";
import { analyst, athena } from "./analyst";

const SQL = "SELECT id,\n\tnme\nFROM db.t";

beforeEach(() => {
  athena.reset();
  athena.on(StartQueryExecutionCommand).resolves({ QueryExecutionId: "q" });
});

/** The execution's states, one after another. */
function states(...all: readonly { State: string; StateChangeReason?: string }[]): void {
  const answers = athena.on(GetQueryExecutionCommand);
  for (const Status of all) {
    answers.resolvesOnce({
      QueryExecution: {
        StatementType: "DML",
        Status: Status as { State: "QUEUED" },
        Statistics: { DataScannedInBytes: 1234, TotalExecutionTimeInMillis: 56 },
      },
    });
  }
}

function results(columns: readonly [string, string][], ...pages: readonly (readonly (readonly (string | null)[])[])[]) {
  const answers = athena.on(GetQueryResultsCommand);
  for (const [index, rows] of pages.entries()) {
    answers.resolvesOnce({
      ...(index < pages.length - 1 ? { NextToken: String(index + 1) } : {}),
      ResultSet: {
        ResultSetMetadata: { ColumnInfo: columns.map(([Name, Type]) => ({ Name, Type })) },
        Rows: rows.map((row) => ({ Data: row.map((value) => (value === null ? {} : { VarCharValue: value })) })),
      },
    });
  }
}

const run = (mostRows?: number) => execute(analyst, SQL, { pollMs: 1, mostRows });

test("a result is read page by page, without the header that Athena puts before it", async () => {
  states({ State: "QUEUED" }, { State: "RUNNING" }, { State: "SUCCEEDED" });
  results([["id", "bigint"]], [["id"], ["1"]], [[null]]);
  expect(await run()).toMatchObject({
    columns: [{ name: "id", type: "bigint" }],
    rows: [["1"], [null]],
    isCut: false,
    scannedBytes: 1234,
    milliseconds: 56,
  });
  expect(athena.commandCalls(StartQueryExecutionCommand)[0]?.args[0].input).toEqual({
    QueryString: SQL,
    WorkGroup: "lake-prod-query-proprietary",
  });
});

test("no more is read than is shown", async () => {
  states({ State: "SUCCEEDED" });
  results([["id", "bigint"]], [["id"], ["1"], ["2"]], [["3"]]);
  expect(await run(1)).toMatchObject({ rows: [["1"]], isCut: true });
  expect(athena.commandCalls(GetQueryResultsCommand)).toHaveLength(1);
});

test("a statement that fails is shown with the place", async () => {
  states({ State: "FAILED", StateChangeReason: "COLUMN_NOT_FOUND: line 2:2: Column 'nme' cannot be resolved" });
  const error = await run().catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(OperationError);
  expect((error as OperationError).message).toBe(
    "COLUMN_NOT_FOUND: line 2:2: Column 'nme' cannot be resolved\n  1 | SELECT id,\n  2 | \tnme\n    | \t^",
  );
  expect((error as OperationError).fix).toContain("describe");
});

test("what is no SQL was wrong input", async () => {
  const refusal = new InvalidRequestException({ message: "line 3:1: mismatched input 'FROM'", $metadata: {} });
  athena.on(StartQueryExecutionCommand).rejects(refusal);
  const error = await run().catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(InputError);
  expect((error as InputError).message).toMatch(/\n {2}3 \| FROM db\.t\n {4}\| \^$/);
});

test("another refusal stays what it is", async () => {
  athena.on(StartQueryExecutionCommand).rejects(new InvalidRequestException({ message: "disabled", $metadata: {} }));
  await expect(run()).rejects.toThrow(InvalidRequestException);
});

test("a statement that reads too much says what to do", async () => {
  states({ State: "CANCELLED", StateChangeReason: "Bytes scanned limit was exceeded" });
  await expect(run()).rejects.toMatchObject({ name: "OperationError", fix: expect.stringContaining("days") });
});

test("snapshots are read by Athena, with their batches", async () => {
  states({ State: "SUCCEEDED" });
  const columns = ["committed_at", "snapshot_id", "operation", "_col3", "_col4", "_col5", "_col6"];
  results(
    columns.map((name) => [name, "varchar"]),
    [columns, ["2026-01-02 03:04:05.000 UTC", "12", "append", "5", null, "7", "b-1"]],
    [["2026-01-01 03:04:05.000 UTC", "11", "append", null, null, null, null]],
  );
  expect(await snapshotsOf(analyst, "db.t", 2)).toEqual([
    {
      id: "12",
      when: "2026-01-02 03:04:05.000 UTC",
      operation: "append",
      addedRows: 5,
      removedRows: 0,
      rows: 7,
      batch: "b-1",
    },
    { id: "11", when: "2026-01-01 03:04:05.000 UTC", operation: "append", addedRows: 0, removedRows: 0 },
  ]);
  const { QueryString } = athena.commandCalls(StartQueryExecutionCommand)[0]?.args[0].input ?? {};
  expect(QueryString).toMatch(
    /element_at\(summary, 'lake.batch-id'\) FROM "db"."t\$snapshots" ORDER BY committed_at DESC LIMIT 2$/,
  );
});
