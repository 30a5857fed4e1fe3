import { AthenaClient } from "@aws-sdk/client-athena";
import { GlueClient } from "@aws-sdk/client-glue";
import type { Command, OptionValues } from "commander";
import { Names } from "../../accounts/model/naming";
import type { LakeAccount } from "../../accounts/model/schema";
import { classificationOf, layerTables, loadPipelines, loadQueries, tableClassifications } from "../../contracts";
import { landing } from "../../contracts/layout";
import { roleEntry, roleSettings } from "../aws";
import { InputError, OperationError } from "../exit-codes";
import type { Lake } from "../lake";
import { describePerson, type Person, personOf, personOptions } from "../person";

/** What is asked about, by whom, and where. */
export interface Asking {
  readonly person: Person;
  /** Whole name of the workgroup. @default the one for the clearance */
  readonly workgroup?: string;
  /** About files that no contract declares, in a workgroup of their own, instead of tables and marts. @default false */
  readonly landing?: boolean;
}

/** The services through which somebody sees the tables of one lake. */
export interface Analyst {
  readonly account: LakeAccount;
  readonly athena: AthenaClient;
  readonly glue: GlueClient;
  /** The workgroup whose settings hold. */
  readonly workgroup: string;
}

/** Nobody has said how sensitive undeclared files are: only scientists who may see all ask about them. */
const EXPLORER: Person = { persona: "data-scientist", clearance: "secret" };

/** Declares who asks. */
export function askingOptions(command: Command): Command {
  const least = { persona: "data-analyst", clearance: "the classification of the tables that are named" } as const;
  return personOptions(command, least).option("--account <name>", "the lake, if there are several");
}

/** Declares who asks, and that it may be about undeclared files. */
export function landingOptions(command: Command): Command {
  const text = "about files that no contract declares, as a data-scientist cleared for what is secret";
  return askingOptions(command).option("--landing", text);
}

/** Who asks. @param text what is asked, with the names of tables; the least clearance that is enough for them is taken */
export function askingOf(lake: Lake, account: LakeAccount, options: OptionValues, text: string): Asking {
  if (options.landing === true) return { person: personOf(options, EXPLORER), landing: true };
  return { person: personOf(options, { persona: "data-analyst", clearance: clearanceFor(lake, account, text) }) };
}

/** The least clearance that is enough for the tables that the text names. */
export function clearanceFor(lake: Lake, { zones }: LakeAccount, text: string): Person["clearance"] {
  const { contracts, paths } = lake;
  const pipelines = loadPipelines(paths.root, contracts);
  const queries = loadQueries(paths.root, layerTables(contracts, pipelines));
  const known = tableClassifications(contracts, pipelines, queries, zones[1]?.name ?? "");
  const isName = /^\w+$/.test(text);
  const named = isName ? [...known.keys()].filter((table) => table.endsWith(`.${text.toLowerCase()}`)).join(" ") : text;
  return classificationOf(named, known);
}

/**
 * Lends the clients to the work.
 * @throws InputError where the lake does not have what is asked about
 */
export async function asAnalyst<T>(
  lake: Lake,
  account: LakeAccount,
  { person, workgroup, landing: isLanding = false }: Asking,
  work: (analyst: Analyst) => Promise<T>,
): Promise<T> {
  const { organization } = lake.accounts;
  if (isLanding && account.landing === false) {
    const fix = `Set \`landing: {}\` in accounts/${account.name}.ts, or leave --landing out.`;
    throw new InputError(`The lake ${account.name} keeps no files that no contract declares.`, fix);
  }
  const target = await lake.target();
  const entry = roleEntry(organization, account, person.persona, person.clearance);
  const settings = roleSettings(target, organization, entry);
  const names = new Names(organization, account);
  const place = isLanding ? names.of(landing) : names.queryWorkgroup(person.clearance);
  const [athena, glue] = [new AthenaClient(settings), new GlueClient(settings)];
  try {
    return await work({ account, athena, glue, workgroup: workgroup ?? place });
  } catch (error) {
    throw explain(error, account, person, workgroup);
  } finally {
    for (const client of [athena, glue]) client.destroy();
  }
}

/** What AWS says when something was never deployed, in words that tell what to do. */
function explain(error: unknown, account: LakeAccount, person: Person, workgroup: string | undefined): unknown {
  const { name, message } = error as Error;
  const fix = "Deploy it with `npm run lake -- up`; `npm run lake -- doctor` checks the roles.";
  if (/WorkGroup .* is not found/.test(message)) {
    return new OperationError(
      message,
      workgroup === undefined ? fix : "Leave --workgroup out, or name one that exists.",
    );
  }
  if (name === "AccessDenied" && message.includes("sts:AssumeRole")) {
    const who = describePerson(person);
    return new OperationError(`The role ${who} of ${account.name} cannot be used: ${message}`, fix);
  }
  return error;
}
