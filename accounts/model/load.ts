import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { z } from "zod";
import { ConfigurationError, keysOf, type Problem, zodProblems } from "../../contracts/problems";
import { sandboxPart } from "../../contracts/sandbox";
import { networksOverlap } from "./cidr";
import { strangersIn } from "./detection";
import { LANDING_NAMES } from "./landing";
import { hasLayer } from "./layers";
import { Names } from "./naming";
import { type Organization, organizationSchema } from "./organization";
import { type Account, accountSchema, type LakeAccount, type SecurityAccount } from "./schema";

export interface Accounts {
  readonly organization: Organization;
  readonly security: SecurityAccount;
  /** In the order of their names. */
  readonly lakes: readonly LakeAccount[];
  /** The security account and the lakes. */
  readonly all: readonly Account[];
}

/** A file of the accounts folder and what it exports. */
export interface AccountFile {
  readonly file: string;
  readonly value: unknown;
  /** Why it exports nothing. @default it could be loaded */
  readonly error?: unknown;
}

const ORGANIZATION = "organization.ts";
/** Stack names that no account may take. */
const RESERVED_NAMES = ["bootstrap"];
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const LONGEST_BUCKET_NAME = 63;

/**
 * Reads every `*.ts` file of the folder: `organization.ts` and one file an account.
 * @throws ConfigurationError with every problem of every file.
 */
export function loadAccounts(folder = join(__dirname, "..")): Accounts {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".ts"))
    .sort()
    .map((name): AccountFile => {
      const file = `accounts/${name}`;
      try {
        return { file, value: (require(join(folder, name)) as { default?: unknown }).default };
      } catch (error) {
        return { file, value: undefined, error };
      }
    });
  return parseAccounts(files);
}

/** Validates what the files export, one by one and against each other. */
export function parseAccounts(files: readonly AccountFile[]): Accounts {
  const problems: Problem[] = [];
  const parse = <T>(schema: z.ZodType<T>, { file, value, error }: AccountFile): T | undefined => {
    if (error !== undefined) {
      problems.push(loadingProblem(file, error));
      return undefined;
    }
    if (value === undefined) {
      problems.push({
        file,
        path: "",
        message: "exports nothing",
        fix: "end it with `export default` and the settings",
      });
      return undefined;
    }
    const result = schema.safeParse(value);
    if (!result.success) problems.push(...zodProblems(file, result.error, value, keysOf(schema)));
    return result.data;
  };

  const organizationFile = files.find(({ file }) => basename(file) === ORGANIZATION);
  if (!organizationFile) {
    problems.push({
      file: `accounts/${ORGANIZATION}`,
      path: "",
      message: "is missing",
      fix: "restore it: it says what all accounts share",
    });
  }
  const organization = organizationFile && parse(organizationSchema, organizationFile);
  const accounts: Account[] = [];
  for (const file of files.filter((other) => other !== organizationFile)) {
    const settings = parse(accountSchema, file);
    if (settings) accounts.push({ ...settings, name: basename(file.file, ".ts") });
  }
  problems.push(
    ...kindProblems(accounts, files.length - (organizationFile ? 1 : 0)),
    ...nameProblems(accounts, organization),
    ...sharedIdProblems(accounts, organization),
    ...overlapProblems(accounts),
    ...strangerProblems(accounts),
  );

  const security = accounts.find((account) => account.kind === "security");
  if (problems.length > 0 || !organization || !security) throw new ConfigurationError(problems);
  const lakes = accounts.filter((account) => account.kind === "lake");
  return { organization, security, lakes, all: [security, ...lakes] };
}

const fileOf = (account: Account) => `accounts/${account.name}.ts`;

/** What esbuild says of a file that is no TypeScript, or Node.js of one that fails. */
function loadingProblem(file: string, error: unknown): Problem {
  const [first] = (error as { errors?: { text: string; location?: { line: number } }[] }).errors ?? [];
  const line = first?.location?.line;
  return {
    file: line === undefined ? file : `${file}:${line}`,
    path: "",
    message: `cannot be loaded: ${first?.text ?? String(error).split("\n")[0]}`,
    fix: "compare it with another file of the folder",
  };
}

/** One security account and a lake. Silent while a file could not be read: it may be the one that is missed. */
function kindProblems(accounts: readonly Account[], fileCount: number): Problem[] {
  if (accounts.length < fileCount) return [];
  const problems: Problem[] = [];
  const securities = accounts.filter(({ kind }) => kind === "security");
  if (securities.length === 0) {
    problems.push({
      file: "accounts/security.ts",
      path: "kind",
      message: "no account is of kind security",
      fix: 'add one account file with kind: "security"',
    });
  }
  for (const extra of securities.slice(1)) {
    problems.push({
      file: fileOf(extra),
      path: "kind",
      value: extra.kind,
      message: `${securities[0]?.name} is the security account already`,
      fix: "keep one",
    });
  }
  if (!accounts.some(({ kind }) => kind === "lake")) {
    problems.push({
      file: "accounts/prod.ts",
      path: "kind",
      message: "no account is of kind lake",
      fix: 'add one account file with kind: "lake"',
    });
  }
  return problems;
}

function nameProblems(accounts: readonly Account[], organization: Organization | undefined): Problem[] {
  return accounts.flatMap((account) => {
    const problem = (message: string, fix: string): Problem => ({
      file: fileOf(account),
      path: "",
      value: account.name,
      message,
      fix,
    });
    if (!/^[a-z][a-z0-9-]*[a-z0-9]$/.test(account.name)) {
      return [problem("is no account name", "name the file with lower case letters, digits and hyphens")];
    }
    if (RESERVED_NAMES.includes(account.name))
      return [problem("is the name of a stack of its own", "name the file otherwise")];
    if (!organization) return [];
    const names = new Names(organization, account);
    const parts =
      account.kind === "lake"
        ? [
            ...["access-logs", "artifacts", "quarantine", ...account.zones.map(({ name }) => name)],
            ...(account.landing === false ? [] : [LANDING_NAMES.results]),
            ...(hasLayer(account, "refine") ? [sandboxPart] : []),
          ]
        : [
            "access-records",
            "access-logs",
            "audit",
            "config-records",
            "discovery-records",
            "flow-records",
            "query-results",
          ];
    return parts
      .map((part) => names.bucket(part))
      .filter((bucket) => bucket.length > LONGEST_BUCKET_NAME)
      .map((bucket) =>
        problem(
          `makes the bucket name ${bucket}, ${bucket.length} characters long; S3 allows ${LONGEST_BUCKET_NAME}`,
          "shorten the project, the account's file name or the zone",
        ),
      );
  });
}

function strangerProblems(accounts: readonly Account[]): Problem[] {
  const lakes = accounts.filter(({ kind }) => kind === "lake").map(({ name }) => name);
  return accounts.flatMap((account) =>
    account.kind === "lake"
      ? []
      : strangersIn(account.detection, lakes).map((name) => ({
          file: fileOf(account),
          path: `detection.memberEmails.${name}`,
          value: account.detection.memberEmails[name],
          message: "is no lake account",
          fix: `choose from ${lakes.join(", ")}`,
        })),
  );
}

function sharedIdProblems(accounts: readonly Account[], organization: Organization | undefined): Problem[] {
  return accounts.flatMap((account, index) => {
    const owner = accounts.slice(0, index).find(({ id }) => id === account.id);
    const taken =
      owner?.name ?? (account.id === organization?.managementAccountId ? "the management account" : undefined);
    return taken === undefined
      ? []
      : [
          {
            file: fileOf(account),
            path: "id",
            value: account.id,
            message: `is the id of ${taken}`,
            fix: "give each its own AWS account",
          },
        ];
  });
}

function overlapProblems(accounts: readonly Account[]): Problem[] {
  const networks = accounts.flatMap((account) =>
    account.kind === "lake" && account.network !== false ? [{ account, cidr: account.network.cidr }] : [],
  );
  return networks.flatMap(({ account, cidr }, index) =>
    networks
      .slice(0, index)
      .filter((other) => networksOverlap(cidr, other.cidr))
      .map((other) => ({
        file: fileOf(account),
        path: "network.cidr",
        value: cidr,
        message: `overlaps ${other.account.name}'s ${other.cidr}`,
        fix: "choose a range of its own, or the networks can never be connected",
      })),
  );
}
