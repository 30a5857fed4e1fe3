import { createWriteStream, mkdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import type { LedgerItem } from "../contracts/ledger";
import type { Step } from "../tools/setup/progress";
import { OperationError } from "./exit-codes";
import type { LakeClients } from "./lake-clients";
import { entriesOf } from "./ledger";

/** A file that could not be read at all. */
export interface RefusedFile {
  readonly dataset: string;
  /** Where it arrived. */
  readonly object: string;
  readonly versionId: string;
  readonly reason: string;
  /** Where it is now. */
  readonly quarantine: string;
}

/** A row that breaks its contract. */
export interface RefusedRow {
  readonly dataset: string;
  /** The file it came in. */
  readonly source: string;
  /** Number of the record in the file; the first after the header is 1. */
  readonly row: number;
  /** Line of the file in which the row begins, counted from 1; null where a file has none, as Parquet. */
  readonly line_number: number | null;
  readonly errors: readonly {
    readonly column?: string | null;
    readonly value?: string | null;
    readonly reason: string;
  }[];
  /** What stands in the file. */
  readonly record?: unknown;
  readonly line?: string | null;
}

export interface Contents {
  readonly files: readonly RefusedFile[];
  /** As many as were asked for. */
  readonly rows: readonly RefusedRow[];
  readonly rowsInAll: number;
  /** Addresses of everything in quarantine. */
  readonly sources: readonly string[];
}

/** Ends the name of an object that holds refused rows of a file. */
const ROWS = ".rows.ndjson.gz";

/** Reads what the ledger says is in quarantine, and the first rows of it. */
export async function readQuarantine(
  clients: LakeClients,
  datasets: readonly string[],
  limit: number,
): Promise<Contents> {
  const entries: LedgerItem[] = [];
  for (const dataset of datasets) {
    for await (const entry of entriesOf(clients, dataset)) if (entry.quarantine !== undefined) entries.push(entry);
  }
  const withRows = entries.filter(({ quarantine }) => quarantine?.endsWith(ROWS) === true);
  const rows: RefusedRow[] = [];
  for (const entry of withRows) {
    if (rows.length >= limit) break;
    rows.push(...(await readRows(clients, entry, limit - rows.length)));
  }
  return {
    files: entries.filter((entry) => !withRows.includes(entry)).map(refusedFile),
    rows,
    rowsInAll: withRows.reduce((sum, entry) => sum + (entry.rows_quarantined ?? 0), 0),
    sources: entries.flatMap(({ quarantine }) => quarantine ?? []),
  };
}

function refusedFile(entry: LedgerItem): RefusedFile {
  const { dataset_id: dataset, pk: object, sk: versionId, reason = "", quarantine = "" } = entry;
  return { dataset, object, versionId, reason, quarantine };
}

async function readRows(clients: LakeClients, entry: LedgerItem, limit: number): Promise<RefusedRow[]> {
  const body = await open(clients, entry.quarantine ?? "");
  const lines = createInterface({ input: body.pipe(createGunzip()) });
  const rows: RefusedRow[] = [];
  for await (const line of lines) {
    rows.push({
      dataset: entry.dataset_id,
      source: entry.pk,
      ...(JSON.parse(line) as Omit<RefusedRow, "dataset" | "source">),
    });
    if (rows.length >= limit) break;
  }
  body.destroy();
  return rows;
}

async function open(clients: LakeClients, address: string): Promise<Readable> {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.*)$/su.exec(address) ?? [];
  const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return Body as Readable;
}

/** Copies everything that is in quarantine into a folder, under the names it has there. */
export async function downloadAll(
  clients: LakeClients,
  { sources }: Contents,
  folder: string,
  base: string,
  step: Step,
): Promise<string[]> {
  const root = resolve(base, folder);
  const files: string[] = [];
  for (const address of sources) {
    step.say(`${files.length} of ${sources.length}: ${address}`);
    const file = fileFor(root, address);
    mkdirSync(dirname(file), { recursive: true });
    await pipeline(await open(clients, address), createWriteStream(file));
    files.push(file);
  }
  step.note(`${files.length} files`);
  return files;
}

/** A key is somebody else's text: it must not lead out of the folder. */
function fileFor(root: string, address: string): string {
  const file = join(root, address.replace(/^s3:\/\/[^/]+\//, ""));
  if (relative(root, file).startsWith(".."))
    throw new OperationError(`${address} cannot be downloaded: its name leads out of the folder`);
  return file;
}
