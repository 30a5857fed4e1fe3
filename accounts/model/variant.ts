/**
 * What the lakes of the local AWS have beside what their files say: a choice of whoever runs it, kept in its folder until it is
 * stopped. On AWS the files alone decide.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ConfigurationError, type Problem, zodProblems } from "../../contracts/problems";
import { databaseSchema } from "./database";
import { landingSchema } from "./landing";
import type { Accounts } from "./load";
import { type LakeAccount, lakeAccountSchema } from "./schema";
import { homeOf, targetOf } from "./target";

/** `database`: lakes have a database of their own, and what its sample and its source need. */
export type Variant = "database";

const VARIANTS: readonly Variant[] = ["database"];

/** The smallest that the example source can be read from. */
const DATABASE = { name: "freight", minCapacity: 0, instances: 1 };
/** What filling and reading the database calls besides what all jobs do. */
const ENDPOINTS = ["elasticmapreduce", "secretsmanager"];

/** File in which the local AWS's choice is kept. */
export function variantFile(environment: NodeJS.ProcessEnv, root: string): string {
  return join(homeOf(environment, root), "variant.json");
}

/**
 * What was chosen for the local AWS; nothing on AWS.
 * @throws ConfigurationError when the file says something else than was ever written to it
 */
export function variantOf(environment: NodeJS.ProcessEnv, root: string): Variant | undefined {
  const file = variantFile(environment, root);
  if (targetOf(environment, root).kind === "aws" || !existsSync(file)) return undefined;
  const value = valueIn(file);
  const found = VARIANTS.find((variant) => variant === value);
  if (found !== undefined) return found;
  const fix = "run `npm stop`, which forgets it, and choose again";
  throw new ConfigurationError([{ file, path: "variant", value, message: "is no variant of a lake", fix }]);
}

function valueIn(file: string): unknown {
  const text = readFileSync(file, "utf8");
  try {
    return (JSON.parse(text) as { variant?: unknown } | null)?.variant;
  } catch {
    return text;
  }
}

/** Keeps a choice for all commands that follow. */
export function keepVariant(variant: Variant, environment: NodeJS.ProcessEnv, root: string): void {
  const file = variantFile(environment, root);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ variant })}\n`);
}

/** From here on, lakes are what their files say. */
export function forgetVariant(environment: NodeJS.ProcessEnv, root: string): void {
  rmSync(variantFile(environment, root), { force: true });
}

/**
 * The accounts with what was chosen beside what their files say, in each lake that has a place for it.
 * @throws ConfigurationError with every problem of what they become by the choice
 */
export function withVariant(accounts: Accounts, variant: Variant | undefined): Accounts {
  if (variant === undefined) return accounts;
  const problems: Problem[] = [];
  const lakes = accounts.lakes.map((lake) => {
    const { name, ...settings } = lake;
    const wanted = withDatabase(settings);
    // A setting that fits alone may not fit what the choice has added, such as a range with room for its endpoints.
    const { data, error } = lakeAccountSchema.safeParse(wanted);
    if (error === undefined) return { ...data, name };
    problems.push(...zodProblems(`accounts/${name}.ts, with a database on the local AWS`, error, wanted));
    return lake;
  });
  ConfigurationError.check(problems);
  return { ...accounts, lakes, all: [accounts.security, ...lakes] };
}

function withDatabase<T extends Omit<LakeAccount, "name">>(settings: T): T {
  const { network, zones, database, landing } = settings;
  if (network === false || zones.length < 3) return settings;
  return {
    ...settings,
    database: database === false ? databaseSchema.parse(DATABASE) : database,
    landing: landing === false ? landingSchema.parse({}) : landing,
    network: {
      ...network,
      dataSubnets: true,
      interfaceEndpoints: [...new Set([...network.interfaceEndpoints, ...ENDPOINTS])],
    },
  };
}
