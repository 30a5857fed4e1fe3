/** What happens to one object that has arrived, whatever happened to it before. */
import { mkdtempSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { type Contract, type Contracts, contractHash, highestClassification } from "../../contracts/contract";
import { objectUri, rawKey, rejectedFileKey, rejectedRowsKey, type SourceObject } from "../../contracts/layout";
import { cutOffReason, type LedgerItem, unknownDataset } from "../../contracts/ledger";
import { matchDataset } from "../../contracts/match";
import { FileProblem, messageOf, ReconciliationError } from "./errors";
import type { ArrivedObject } from "./events";
import { type Claimant, type LedgerStore, LostClaim } from "./ledger-store";
import { type LoadResult, loadFile } from "./load-file";
import type { ObjectInfo, ObjectStore } from "./object-store";

export interface IntakeSettings {
  readonly contracts: Contracts;
  readonly ledger: Pick<LedgerStore, "claim" | "finish">;
  readonly objects: Pick<ObjectStore, "info" | "read" | "write" | "copy">;
  readonly targetBucket: string;
  readonly quarantineBucket: string;
  readonly zone: string;
  readonly memoryLimitMb: number;
  readonly threads: number;
  /** Where files may be put for as long as an object is worked on. */
  readonly directory: string;
  readonly now: () => Date;
}

/** How it ended, for logs and metrics. */
export interface Outcome extends Partial<Pick<LoadResult, "rowsIn" | "rowsOut" | "rowsQuarantined">> {
  readonly status: "loaded" | "quarantined" | "skipped";
  readonly datasetId: string;
  readonly reason?: string;
}

/** Another function works on the object: the message has to come back when that one must have ended. */
export class ObjectHeld extends Error {
  override readonly name = "ObjectHeld";
  constructor(readonly leaseUntil: number) {
    super(`Another function holds the object until ${new Date(leaseUntil).toISOString()}`);
  }
}

/** Takes in one object version exactly once. @throws whatever is worth another attempt */
export async function takeIn(object: ArrivedObject, claimant: Claimant, settings: IntakeSettings): Promise<Outcome> {
  const { ledger, now } = settings;
  const match = matchDataset(settings.contracts, object.key);
  const { contract } = match;
  const datasetId = contract?.id ?? unknownDataset;
  const begin = now();
  const claim = await ledger.claim(object, claimant, claimDetails(settings.zone, contract), begin);
  if (claim.outcome === "done") return { status: "skipped", datasetId, reason: `it is ${claim.item.status} already` };
  if (claim.outcome === "held") throw new ObjectHeld(claim.leaseUntil);

  const finish = (details: Partial<LedgerItem>) => {
    const end = now();
    const times = { finished_at: end.toISOString(), updated_at: end.toISOString() };
    const duration_ms = end.getTime() - begin.getTime();
    return ledger.finish(object, claimant.claimedBy, claim.attempt, { ...details, ...times, duration_ms });
  };
  try {
    const info = await settings.objects.info(object);
    const source = { ...object, lastModified: info.lastModified };
    try {
      if (contract === undefined) throw new FileProblem(match.reason);
      const { outcome, item } = await load(source, info, contract, settings, begin);
      await finish({ status: "loaded", bytes: info.bytes, ...item });
      return outcome;
    } catch (error) {
      if (!(error instanceof FileProblem)) throw error;
      const quarantine = await quarantineFile(source, info, contract, settings);
      const reason = `The file cannot be loaded: ${error.message}`;
      await finish({ status: "quarantined", bytes: info.bytes, quarantine, reason });
      return { status: "quarantined", datasetId, reason };
    }
  } catch (error) {
    if (error instanceof LostClaim) throw error;
    const interrupted = claim.interrupted ? ` (${cutOffReason(claim.attempt - 1)})` : "";
    try {
      await finish({ status: "failed", reason: `${describe(error)}${interrupted}` });
    } catch (ledgerError) {
      throw new AggregateError([error, ledgerError], `${describe(error)}; and the ledger: ${describe(ledgerError)}`);
    }
    throw error;
  }
}

function claimDetails(zone: string, contract: Contract | undefined): Partial<LedgerItem> {
  if (contract === undefined) return { zone, dataset_id: unknownDataset };
  const { id, domain, dataset } = contract;
  return { zone, dataset_id: id, domain, dataset, contract_hash: contractHash(contract) };
}

async function load(
  source: SourceObject,
  info: ObjectInfo,
  contract: Contract,
  settings: IntakeSettings,
  loadedAt: Date,
): Promise<{ outcome: Outcome; item: Partial<LedgerItem> }> {
  const { objects, targetBucket, quarantineBucket, memoryLimitMb, threads } = settings;
  const outputDirectory = mkdtempSync(join(settings.directory, "intake-"));
  try {
    requireSpace(outputDirectory, info.bytes);
    const file = objects.read(source);
    const lineage = { ...source, loadedAt };
    const result = await loadFile({ contract, file, outputDirectory, source: lineage, memoryLimitMb, threads });
    const tag = highestClassification(contract);
    const outputs: string[] = [];
    if (result.output !== undefined) {
      const key = rawKey(contract, source);
      await objects.write(result.output, targetBucket, key, tag, "application/vnd.apache.parquet");
      outputs.push(objectUri({ bucket: targetBucket, key }));
    }
    const { rowsIn, rowsOut, rowsQuarantined } = result;
    const rows = { rows_in: rowsIn, rows_out: rowsOut, rows_quarantined: rowsQuarantined };
    const outcome: Outcome = { status: "loaded", datasetId: contract.id, rowsIn, rowsOut, rowsQuarantined };
    if (result.rejects === undefined) return { outcome, item: { ...rows, outputs } };
    const key = rejectedRowsKey(contract, source);
    await objects.write(result.rejects, quarantineBucket, key, tag, "application/gzip");
    const reason = result.reasons.join("; ");
    const quarantine = objectUri({ bucket: quarantineBucket, key });
    return { outcome: { ...outcome, reason }, item: { ...rows, outputs, quarantine, reason } };
  } finally {
    rmSync(outputDirectory, { recursive: true, force: true });
  }
}

/** What is unpacked needs more, but how much shows only then. */
function requireSpace(directory: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(directory);
  const free = bavail * bsize;
  const needed = Math.ceil(bytes * 1.5);
  if (needed > free) {
    const megabytes = (size: number) => `${Math.ceil(size / 1024 / 1024)} MB`;
    throw new Error(
      `The file needs ${megabytes(needed)} of disk and there are ${megabytes(free)}: raise the function's ephemeral storage`,
    );
  }
}

async function quarantineFile(
  source: SourceObject,
  info: ObjectInfo,
  contract: Contract | undefined,
  { objects, quarantineBucket }: IntakeSettings,
): Promise<string> {
  const key = rejectedFileKey(contract, source);
  // What is in a file of no dataset, nobody knows: nobody without the highest clearance may look.
  const tag = contract === undefined ? "secret" : highestClassification(contract);
  await objects.copy(source, info.bytes, quarantineBucket, key, tag);
  return objectUri({ bucket: quarantineBucket, key });
}

function describe(error: unknown): string {
  const [message = ""] = messageOf(error).split("\n");
  if (/ENOSPC|no space left/i.test(message)) {
    return `The disk is full: raise the function's ephemeral storage (${message})`;
  }
  return error instanceof ReconciliationError ? message : `${(error as Error).name}: ${message}`;
}
