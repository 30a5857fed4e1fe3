import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { StartQueryExecutionCommand } from "@aws-sdk/client-athena";
import { GetDatabasesCommand, GetTablesCommand } from "@aws-sdk/client-glue";
import { loadAccounts } from "../../../accounts/model/load";
import { Lake } from "../../../cli/lake";
import { main } from "../../../cli/main";
import { temporaryFolder } from "../support";
import { athena, glue } from "./analyst";

const folder = temporaryFolder();

async function answer(...args: string[]): Promise<{ code: number } & Record<string, unknown>> {
  let printed = "";
  const spy = jest.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  try {
    const code = await main([...args, "--json"]);
    return { code, ...JSON.parse(printed) };
  } finally {
    spy.mockRestore();
  }
}

async function refusal(...args: string[]): Promise<{ code: number; message: string; fix: string }> {
  const { code, error } = await answer(...args);
  return { code, ...(error as { message: string; fix: string }) };
}

test("a query needs exactly one statement", async () => {
  expect(await refusal("query")).toMatchObject({ code: 2, message: "There is no statement." });
  expect(await refusal("query", "SELECT 1", "--file", "x")).toMatchObject({
    code: 2,
    message: "There are two statements.",
  });
  expect(await refusal("query", " ")).toMatchObject({ code: 2, message: "The statement is empty." });
});

test("a statement's file must be readable", async () => {
  const missing = join(folder, "missing.sql");
  expect((await refusal("query", "--file", missing)).message).toContain(`${missing} cannot be read`);
});

test("everything that is wrong is told at once", async () => {
  const { message } = await refusal("query", "SELECT 1", "--csv", "--account", "nowhere");
  expect(message).toContain("--csv and --json contradict each other.");
  expect(message).toContain("There is no lake account nowhere.");
});

test("a file's statement is taken as it is", async () => {
  const file = join(folder, "empty.sql");
  writeFileSync(file, "\n");
  expect((await refusal("query", "--file", file)).message).toBe("The statement is empty.");
});

describe("files that no contract declares", () => {
  beforeEach(() => {
    athena.reset();
    glue.reset();
    jest.spyOn(Lake.prototype, "target").mockResolvedValue({ kind: "aws" });
  });

  test("are asked about by a role and in a workgroup of their own", async () => {
    const denied = Object.assign(new Error("not authorized to perform: sts:AssumeRole"), { name: "AccessDenied" });
    athena.on(StartQueryExecutionCommand).rejects(denied);
    const [scientist, analyst] = [await refusal("query", "SELECT 1", "--landing"), await refusal("query", "SELECT 1")];
    expect(scientist.message).toContain("The role data-scientist (secret) of prod cannot be used");
    expect(analyst.message).toContain("The role data-analyst (proprietary) of prod cannot be used");
    const groups = athena.commandCalls(StartQueryExecutionCommand).map(({ args: [{ input }] }) => input.WorkGroup);
    expect(groups).toEqual(["lake-prod-landing", "lake-prod-query-proprietary"]);
  });

  test("have their tables listed and described among themselves", async () => {
    const tables = ["landing", "refined_sales"].map((DatabaseName) => ({ DatabaseName, Name: "visits" }));
    glue.on(GetDatabasesCommand).resolves({ DatabaseList: tables.map(({ DatabaseName }) => ({ Name: DatabaseName })) });
    for (const table of tables)
      glue.on(GetTablesCommand, { DatabaseName: table.DatabaseName }).resolves({ TableList: [table] });
    expect(await answer("tables", "--landing")).toMatchObject({ tables: [{ table: "landing.visits" }] });
    expect(await answer("describe", "visits", "--landing")).toMatchObject({ table: "landing.visits" });
  });

  test("are kept only in lakes whose account says so", async () => {
    const [account] = loadAccounts().lakes;
    const without = jest.spyOn(Lake.prototype, "lakeAccount").mockReturnValue({ ...account, landing: false } as never);
    expect(await refusal("tables", "--landing")).toMatchObject({
      code: 2,
      message: "The lake prod keeps no files that no contract declares.",
      fix: "Set `landing: {}` in accounts/prod.ts, or leave --landing out.",
    });
    without.mockRestore();
  });
});
