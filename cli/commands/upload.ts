import { InvalidArgumentError, Option } from "commander";
import { ARRIVALS_CLEARANCE } from "../../contracts/people";
import type { LakeCommand } from "../command";
import { exitCodes } from "../exit-codes";
import type { Lake } from "../lake";
import { personOptions } from "../person";
import { describeSummaries } from "../summary-table";
import { formatBytes, plural, table } from "../table";
import { summarizeUpload, troubled, type Uploaded, type UploadedFile, upload } from "../upload/upload";

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000 };

/** Parses `90s`, `15m` or `1h` into milliseconds. */
export function duration(text: string): number {
  const match = /^([1-9]\d*)([smh])$/.exec(text);
  if (match === null) throw new InvalidArgumentError("It must be a number with a unit, such as 90s, 15m or 1h.");
  return Number(match[1]) * (UNITS[match[2] ?? ""] ?? 0);
}

/** The folder in which the user stands: npm itself changes to that of the project. */
export function typedFrom(environment: NodeJS.ProcessEnv): string {
  return (environment.npm_lifecycle_event === "lake" ? environment.INIT_CWD : undefined) ?? process.cwd();
}

/** Brings files into the lake. */
export const uploadCommand: LakeCommand = {
  name: "upload",
  args: "<paths...>",
  summary: "Bring files or folders into the lake",
  description:
    "Each file's dataset is told by its folders or its name (order-items/part-0.csv, olist_orders_dataset.csv.gz). Files that fit none go to unknown/, so that they end in quarantine with the reason. What is there already with the same content is skipped, so an interrupted upload goes on where it stopped. Exit code 3 if a file failed for good, or its rows do not add up.",
  examples: [
    ["upload path/to/files --wait", "upload a folder, then show what became of every row"],
    ["upload returns.csv --dataset sales/orders", "a file whose name does not tell its dataset"],
    ["upload path/to/files --wait --json", "the same for a script: every file with its ledger entry"],
  ],
  options: (command) =>
    personOptions(command, { persona: "data-engineer", clearance: ARRIVALS_CLEARANCE })
      .option("--account <name>", "the lake, if there are several")
      .option("--dataset <domain/dataset>", "the dataset of all these files")
      .option("--strict", "refuse all if a file fits no dataset")
      .option("--force", "upload also what is there already")
      .option("--wait", "wait until every file is loaded, in quarantine or has failed for good")
      .addOption(
        new Option("--timeout <time>", "how long to wait at most").argParser(duration).default(duration("30m"), "30m"),
      ),
  async run(lake, args, options) {
    const { account, dataset, strict, force, wait, timeout, as: persona, clearance } = options;
    const paths = args.flat() as string[];
    const waitMs = wait === true ? (timeout as number) : undefined;
    const base = typedFrom(lake.environment);
    const person = { ...(persona === undefined ? {} : { persona }), ...(clearance === undefined ? {} : { clearance }) };
    const uploaded = await upload(lake, paths, { account, dataset, strict, force, waitMs, base, person });
    const bad = troubled(uploaded.files);
    return {
      document: document(uploaded),
      text: waitMs === undefined ? describeUpload(lake, uploaded) : describeOutcomes(lake, uploaded, bad),
      exitCode: bad.length === 0 ? exitCodes.ok : exitCodes.attention,
    };
  },
};

function document({ account, bucket, files, ignored }: Uploaded): object {
  return {
    account,
    bucket,
    files: files.map(({ object, outcome, ...file }) => ({
      ...file,
      versionId: object.versionId,
      ...(outcome === undefined ? {} : outcomeDocument(outcome)),
    })),
    ignored,
    datasets: files.some(({ outcome }) => outcome !== undefined) ? summarizeUpload(files) : undefined,
  };
}

function outcomeDocument({ state, entry }: NonNullable<UploadedFile["outcome"]>): object {
  return {
    outcome: state,
    rowsIn: entry?.rows_in ?? 0,
    rowsOut: entry?.rows_out ?? 0,
    rowsQuarantined: entry?.rows_quarantined ?? 0,
    reason: entry?.reason,
    quarantine: entry?.quarantine,
    outputs: entry?.outputs,
    durationMs: entry?.duration_ms,
  };
}

function describeUpload(lake: Lake, { account, files, ignored }: Uploaded): string {
  const rows = files.map(({ file, bytes, key, status }) => [file, formatBytes(bytes), status, key]);
  return [
    table(["file", "size", "", "key"], rows),
    ...describeIgnored(ignored),
    "",
    `See what becomes of them with \`${lake.suggestion("status", account)}\`.`,
  ].join("\n");
}

function describeOutcomes(lake: Lake, uploaded: Uploaded, bad: readonly UploadedFile[]): string {
  const { account, zone, files, ignored } = uploaded;
  const refused = files.filter(({ outcome }) => outcome?.state === "quarantined");
  const lines = [describeSummaries(summarizeUpload(files), "duration"), ...describeIgnored(ignored)];
  if (refused.length > 0) {
    lines.push(
      "",
      "Whole files in quarantine:",
      ...refused.map(({ file, outcome }) => `  ${file}: ${outcome?.entry?.reason}`),
    );
  }
  if (bad.length > 0) {
    lines.push(
      "",
      "Needs attention:",
      ...bad.map((file) => `  ${file.file}: ${trouble(file, lake.suggestion(`redrive ${zone}`, account))}`),
    );
  }
  if (files.some(({ outcome }) => (outcome?.entry?.rows_quarantined ?? 0) > 0)) {
    lines.push("", `See the rows in quarantine, and why, with \`${lake.suggestion("quarantine", account)}\`.`);
  }
  return lines.join("\n");
}

/** @param retry the command that tries again what failed for good */
export function trouble({ outcome }: Pick<UploadedFile, "outcome">, retry: string): string {
  const { status = "waiting", reason } = outcome?.entry ?? {};
  if (outcome?.state === "dead") {
    return `failed three times (${reason ?? "no reason is recorded"}): put the cause right, then \`${retry}\``;
  }
  if (outcome?.state === "pending")
    return `still ${status} when the time was up${reason === undefined ? "" : `: ${reason}`}`;
  return "rows in are not rows out plus rows in quarantine";
}

function describeIgnored(ignored: readonly string[]): string[] {
  return ignored.length === 0
    ? []
    : [
        "",
        `Left out, being hidden or no plain files: ${plural(ignored.length, "file")}`,
        ...ignored.map((file) => `  ${file}`),
      ];
}
