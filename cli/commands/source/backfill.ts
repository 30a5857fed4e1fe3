import { InvalidArgumentError, Option } from "commander";
import { momentOf } from "../../../contracts";
import type { LakeCommand } from "../../command";
import { InputError, together } from "../../exit-codes";
import { withClients } from "../../lake-clients";
import { ENGINEER, personOf, personOptions } from "../../person";
import { ask } from "../../sources/ingest";
import { resultOf } from "../../sources/outcomes";
import { chosenSources, knownTable } from "../../sources/sources";
import { duration } from "../upload";

/** Parses a day or a time with its zone. @returns a moment in UTC */
function moment(text: string): string {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const hasZone = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const time = new Date(text);
  const isReal = Number.isFinite(time.getTime()) && (!isDay || time.toISOString().startsWith(text));
  if ((isDay || hasZone) && isReal) return momentOf(time);
  throw new InvalidArgumentError(
    "It must be a day (2026-01-31, from midnight UTC) or a time with its zone (2026-01-31T10:00Z).",
  );
}

/** Reads a time of a table again. */
export const sourceBackfill: LakeCommand = {
  name: "source backfill",
  args: "<table>",
  summary: "Read an earlier time of a table again, whatever has been read since",
  description:
    "From the first moment on, up to but without the second. Where the regular runs stand does not change. Rows that have not changed stay as they are.",
  examples: [
    ["source backfill freight/shipments --from 2026-01-01 --to 2026-02-01 --wait", "all of January"],
    ["source backfill freight/shipments --from 2026-01-31T10:00Z --to 2026-01-31T11:00Z", "one hour"],
  ],
  options: (command) =>
    personOptions(command, ENGINEER)
      .option("--account <name>", "the lake, if there are several")
      .addOption(new Option("--from <time>", "first moment").argParser(moment).makeOptionMandatory())
      .addOption(new Option("--to <time>", "the moment up to which it is read").argParser(moment).makeOptionMandatory())
      .option("--wait", "wait until the run has ended, and show how")
      .addOption(
        new Option("--timeout <time>", "how long to wait at most").argParser(duration).default(duration("2h"), "2h"),
      ),
  async run(lake, [name = ""], options) {
    const { account, from, to, wait, timeout } = options;
    const [{ owner, table }] = together(
      () => {
        const { account: chosen, sources } = chosenSources(lake, account as string | undefined, undefined);
        return { owner: chosen, table: knownTable(name, sources) };
      },
      () => checkRange(from as string, to as string),
    );
    if (table.table.window === undefined) {
      throw new InputError(
        `${table.id} has no window: each run reads the whole table.`,
        `Run it with \`${lake.suggestion(`source run ${table.source.id}`, owner.name)}\`.`,
      );
    }
    const waitMs = wait === true ? (timeout as number) : undefined;
    return withClients(lake, owner, personOf(options, ENGINEER), async (clients) => {
      const asked = await lake.progress.step(`Read ${table.id} again`, () => {
        const range = { table: table.table.name, start: from as string, stop: to as string };
        return ask(clients, { action: "backfill", source: table.source.id, ...range }, [table], waitMs);
      });
      return resultOf(owner.name, asked);
    });
  },
};

function checkRange(from: string, to: string): void {
  if (from < to && to <= momentOf(new Date())) return;
  throw new InputError(
    from < to ? `${to} lies in the future.` : `${from} is not before ${to}.`,
    "Name two moments of the past, the earlier one first.",
  );
}
