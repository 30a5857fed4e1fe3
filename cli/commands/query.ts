import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { LakeCommand } from "../command";
import { InputError, together } from "../exit-codes";
import type { Lake } from "../lake";
import { asAnalyst, askingOf, landingOptions } from "../query/analyst";
import { execute } from "../query/execution";
import { describe, toCsv, toDocument } from "../query/render";
import { wholeNumber } from "./logs";
import { typedFrom } from "./upload";

/** Asks the lake. */
export const query: LakeCommand = {
  name: "query",
  args: "[sql]",
  summary: "Ask the lake in SQL, and see what it took",
  description:
    "Runs on Athena as a data-analyst, with the least clearance that is enough for the tables that the statement names in full. Exit code 2 for what is no SQL, 1 for a statement that fails; its place is pointed to.",
  examples: [
    ['query "SELECT * FROM curated_sales.seller_performance LIMIT 10"', "a table for people"],
    ["query --file top.sql --csv", "a statement of a file, as CSV with every row"],
    ['query "SHOW TABLES IN refined_sales" --json', "for a script"],
  ],
  options: (command) =>
    landingOptions(command)
      .option("--file <path>", "file with the statement")
      .option("--csv", "print CSV")
      .option("--limit <number>", "how many rows of a table to show; CSV and JSON have all", wholeNumber, 100)
      .option("--workgroup <name>", "Athena's workgroup instead of the one for the clearance"),
  async run(lake, [sql], options) {
    const { account, file, csv, json, limit, workgroup } = options;
    const [statement, owner] = together(
      () => statementOf(lake, sql, file as string | undefined, csv === true && json === true),
      () => lake.lakeAccount(account as string | undefined),
    );
    const asking = { ...askingOf(lake, owner, options, statement), workgroup: workgroup as string | undefined };
    return asAnalyst(lake, owner, asking, async (analyst) => {
      const isTable = csv !== true && json !== true;
      const run = (onState?: (state: string) => void) =>
        execute(analyst, statement, { onState, ...(isTable ? { mostRows: limit as number } : {}) });
      const execution = await lake.progress.step("Query", (step) => run((state) => step.say(state)));
      return {
        document: { account: owner.name, ...toDocument(execution) },
        text: csv === true ? toCsv(execution) : describe(execution),
      };
    });
  },
};

function statementOf(lake: Lake, sql: string | undefined, file: string | undefined, isBoth: boolean): string {
  if (isBoth) throw new InputError("--csv and --json contradict each other.", "Leave one of them out.");
  if ((sql === undefined) === (file === undefined)) {
    const message = sql === undefined ? "There is no statement." : "There are two statements.";
    throw new InputError(message, 'Give one statement in quotes, such as "SELECT 1", or a file with --file.');
  }
  const text = sql ?? read(resolve(typedFrom(lake.environment), file ?? ""));
  if (text.trim() === "") throw new InputError("The statement is empty.", 'Write one such as "SELECT 1".');
  return text;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new InputError(`${path} cannot be read: ${(error as Error).message}`, "Name a file that you can read.");
  }
}
