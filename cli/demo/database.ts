import type { Lake } from "../lake";
import { describeRuns } from "../runs/describe";
import { bringIn } from "../sources/bring";
import { describeAsked, isWellRead } from "../sources/outcomes";
import { addSample, SAMPLE_DATASET } from "../sources/sample";
import { chosenSources } from "../sources/sources";
import { formatCount } from "../table";

const ROWS = 5000;
/** At first, and after inserts and updates. */
const ROUNDS = [0, 1];

export interface DatabaseShown {
  /** Rows that were put into the database, in all rounds. */
  readonly rows: number;
  readonly problems: readonly string[];
  readonly text: string;
}

/** Fills the account's own database, changes what is in it, and brings in both windows. */
export async function showDatabase(lake: Lake, accountName: string, timeoutMs: number): Promise<DatabaseShown> {
  const { account, sources } = chosenSources(lake, accountName, SAMPLE_DATASET.split("/")[0]);
  const texts: string[] = [];
  const problems: string[] = [];
  let rows = 0;
  for (const round of ROUNDS) {
    const file = await addSample(lake, account, ROWS, round);
    const brought = await bringIn(lake, account, sources, timeoutMs);
    rows += file.rows;
    texts.push(describeAsked(brought.asked), describeRuns(brought.runs));
    problems.push(...brought.problems);
    if (!isWellRead(brought.asked)) problems.push(`the window of round ${round} was not read`);
    const [read] = brought.asked.flatMap(({ end }) => end?.tables ?? []);
    const written = read?.attempt?.rows_written ?? 0;
    // Rows of the overlap are read a second time.
    if (written < file.rows) problems.push(`${file.rows} rows were put into the database, and ${written} were read`);
  }
  return {
    rows,
    problems,
    text: [`${formatCount(rows)} rows by way of a database, in two windows:`, ...texts].join("\n\n"),
  };
}
