import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OptionValues } from "commander";
import { run } from "../../tools/setup/process";
import type { LakeCommand, Result } from "../command";
import { exitCodes, InputError, OperationError } from "../exit-codes";
import type { Lake } from "../lake";
import { synthesize } from "../synth";
import { plural } from "../table";

/** The expected matrix, which is committed. */
const PAGE = "docs/access-matrix.md";
const WRITE = "npm run lake -- access --write";
/** What an organization may hold all accounts to. */
const LIMITS = "docs/service-control-policy.json";

/** What the program answers that computes it. */
interface Answer {
  readonly text: string;
  readonly page: string;
  readonly differences?: readonly string[];
  readonly allowed?: boolean;
}

/** Computes from the synthesized policies alone who may do what. */
export const access: LakeCommand = {
  name: "access",
  summary: "Show who may do what on which data, and why, computed from the synthesized policies",
  description: `Nothing has to be deployed. The expected matrix is ${PAGE}; exit code 3 if --check or --diff find a difference.`,
  examples: [
    ["access", "everybody, in all accounts"],
    ["access --check", "compare with the matrix that is committed"],
    ["access --diff main", "what a change grants or removes"],
    ["access --write", "take over what was computed"],
    [
      "access --explain lake-prod-intake s3:GetObject arn:aws:s3:::lake-prod-drop-333333333333-eu-west-1/sales/a.csv",
      "the statements that decide",
    ],
  ],
  options: (command) =>
    command
      .option("--check", "compare with the committed matrix")
      .option("--write", "write the committed matrix anew")
      .option("--diff <ref>", "compare with the matrix of a Git reference")
      .option("--explain <principal...>", "principal, action and resource: name the statements that decide")
      .option("--organization", `as if the organization had attached ${LIMITS}`)
      .option("--clearance <level>", "with --explain: the clearance of the session")
      .option("--tag <key=value...>", "with --explain: tags of the object, or of what is written")
      .option("--context <key=value...>", "with --explain: further condition keys"),
  async run(lake, _args, options) {
    checkOptions(options);
    lake.checkConfiguration();
    const folder = mkdtempSync(join(tmpdir(), "lake-access-"));
    try {
      const before = await committed(lake, options, folder);
      // The matrix is the same for every target, and the usual folder keeps what is deployed.
      await synthesize(lake, { kind: "aws" }, { outdir: folder });
      const answer = await compute(lake, folder, before, options);
      if (options.explain !== undefined) return explained(answer);
      if (options.write === true) return write(lake, answer);
      return before === undefined ? { document: answer, text: answer.text } : compared(answer, options);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function checkOptions({ explain, check, write, diff, clearance, tag, context, organization }: OptionValues): void {
  if (organization === true && [check, write, diff].some((mode) => mode !== undefined)) {
    throw new InputError(
      "--organization does not go together with --check, --write and --diff.",
      "The committed matrix is that of the accounts by themselves.",
    );
  }
  const modes = [explain, check, write, diff].filter((mode) => mode !== undefined);
  if (modes.length > 1) {
    throw new InputError("--explain, --check, --write and --diff do not go together.", "Use one of them.");
  }
  const parts = (explain as string[] | undefined)?.length;
  if (parts !== undefined && parts !== 3) {
    throw new InputError(
      `--explain takes a principal, an action and a resource, and not ${plural(parts, "text")}.`,
      "For example: npm run lake -- access --explain lake-prod-intake s3:GetObject arn:aws:s3:::bucket/key",
    );
  }
  if (parts === undefined && [clearance, tag, context].some((option) => option !== undefined)) {
    throw new InputError("--clearance, --tag and --context belong to --explain.", "Say what is to be explained.");
  }
}

/** The file with the matrix to compare with, if there is to be a comparison. */
async function committed(lake: Lake, { check, diff }: OptionValues, folder: string): Promise<string | undefined> {
  if (check === true) {
    const file = join(lake.paths.root, PAGE);
    if (!existsSync(file)) throw new InputError(`There is no ${PAGE}.`, `Write it: ${WRITE}`);
    return file;
  }
  if (diff === undefined) return undefined;
  const reference = String(diff);
  if (!/^[\w@^~{}][\w./@^~{}+-]{0,250}$/.test(reference)) {
    throw new InputError(`${reference.slice(0, 80)} is no Git reference.`, "Name a branch, a tag or a commit.");
  }
  const { code, stdout } = await run("git", ["show", `${reference}:${PAGE}`], {
    cwd: lake.paths.root,
    env: lake.environment,
  });
  if (code !== 0) {
    throw new InputError(`${reference} has no ${PAGE}.`, "Name a branch, a tag or a commit that has the file.");
  }
  const file = join(folder, "before.md");
  writeFileSync(file, stdout);
  return file;
}

async function compute(lake: Lake, folder: string, before: string | undefined, options: OptionValues): Promise<Answer> {
  if (!existsSync(lake.paths.python)) {
    throw new InputError("The Python environment is not there yet.", "Run `npm run lake -- up` or `npm test` once.");
  }
  const { explain, clearance, tag = [], context = [], organization } = options;
  const args = [
    ...["-m", "access", `--stacks=${folder}`],
    ...(before === undefined ? [] : [`--compare=${before}`]),
    ...(organization === true ? [`--organization=${join(lake.paths.root, LIMITS)}`] : []),
    ...(clearance === undefined ? [] : [`--clearance=${clearance}`]),
    ...(tag as string[]).map((pair) => `--tag=${pair}`),
    ...(context as string[]).map((pair) => `--context=${pair}`),
    ...(explain === undefined ? [] : ["--explain", ...(explain as string[])]),
  ];
  return lake.progress.step("Access", async () => {
    const { code, stdout, stderr } = await run(lake.paths.python, args, {
      cwd: lake.paths.root,
      env: lake.environment,
    });
    if (code === exitCodes.badInput && stdout.startsWith("{")) {
      const { error, fix } = JSON.parse(stdout) as { error: string; fix: string };
      throw new InputError(error, fix);
    }
    if (code !== 0) throw new OperationError(`The matrix could not be computed:\n${`${stdout}\n${stderr}`.trim()}`);
    return JSON.parse(stdout) as Answer;
  });
}

function explained(answer: Answer): Result {
  return { document: answer, text: answer.text };
}

function write(lake: Lake, { page }: Answer): Result {
  const file = join(lake.paths.root, PAGE);
  const isCurrent = existsSync(file) && readFileSync(file, "utf8") === page;
  if (!isCurrent) writeFileSync(file, page);
  return { document: { path: PAGE, changed: !isCurrent }, text: `${PAGE}: ${isCurrent ? "up to date" : "written"}` };
}

function compared({ differences = [] }: Answer, { diff }: OptionValues): Result {
  const other = diff === undefined ? PAGE : String(diff);
  if (differences.length === 0) {
    return { document: { differences }, text: `Who may do what is as in ${other}.` };
  }
  const hint = diff === undefined ? [`If that is meant, commit it: \`${WRITE}\``] : [];
  return {
    document: { differences },
    text: [`Who may do what differs from ${other}:`, ...differences, ...hint].join("\n"),
    exitCode: exitCodes.attention,
  };
}
