import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, normalize, resolve, sep } from "node:path";
import {
  type Classification,
  type Contract,
  type Contracts,
  dropKey,
  highestClassification,
  matchDataset,
  normalizeName,
} from "../../contracts";
import { unknownDataset } from "../../contracts/ledger";
import { nearest } from "../../contracts/nearest";
import { InputError, together } from "../exit-codes";

/** A file and where it goes in the zone of arrivals. */
export interface PlannedFile {
  readonly file: string;
  readonly bytes: number;
  readonly key: string;
  /** `<domain>/<dataset>`, or `unknown`. */
  readonly dataset: string;
  /** How sensitive its rows may be; nobody knows that of files without a dataset. */
  readonly classification: Classification;
  /** Why no dataset was found. */
  readonly reason?: string;
}

export interface UploadPlan {
  readonly files: readonly PlannedFile[];
  /** Hidden files, sockets and the like, which are no data. */
  readonly ignored: readonly string[];
}

export interface PlanOptions {
  /** All files belong to this dataset, whatever they are called. */
  readonly dataset?: string;
  /** A file without a dataset is an error, instead of a case for quarantine. */
  readonly strict?: boolean;
  /** Folder to which the paths are relative. @default the working directory */
  readonly base?: string;
}

/** What S3 allows, in bytes of UTF-8. */
const LONGEST_KEY = 1024;
/** Folders of a path as it was typed that may tell the dataset. */
const TELLING_FOLDERS = 3;

/** Finds the files below the paths and decides where each goes. @throws InputError with every path that is none. */
export function planUpload(contracts: Contracts, paths: readonly string[], options: PlanOptions = {}): UploadPlan {
  const [fixed, found] = together(
    () => (options.dataset === undefined ? undefined : contractOf(contracts, options.dataset)),
    () => findFiles(paths, options.base ?? process.cwd()),
  );
  const drafts = found.files.map((source) => ({ source, match: matchOf(contracts, source, fixed) }));
  const lost = drafts.flatMap(({ match }) => match.reason ?? []);
  if (options.strict === true && lost.length > 0) {
    throw new InputError(
      `${lost.length} of ${drafts.length} files belong to no dataset:\n  ${lost.join("\n  ")}`,
      "Name the dataset of all files with --dataset, or leave --strict out to send these into quarantine.",
    );
  }
  const short = drafts.map(({ source, match }) =>
    keyOf(contracts, match.contract, innerFolders(source, match.contract), source.name),
  );
  const files = drafts.map(({ source, match }, index): PlannedFile => {
    const isTaken = short.filter((key) => key === short[index]).length > 1;
    const key = isTaken ? keyOf(contracts, match.contract, source.folders, source.name) : (short[index] ?? "");
    const reason = match.reason === undefined ? {} : { reason: match.reason };
    const classification = match.contract === undefined ? "secret" : highestClassification(match.contract);
    const dataset = match.contract?.id ?? unknownDataset;
    return { file: source.file, bytes: source.bytes, key, dataset, classification, ...reason };
  });
  const tooLong = files.filter(({ key }) => Buffer.byteLength(key) > LONGEST_KEY);
  if (tooLong.length > 0) {
    const list = tooLong.map(({ file }) => file).join("\n  ");
    throw new InputError(
      `S3 keys have at most ${LONGEST_KEY} bytes; too long are those of\n  ${list}`,
      "Shorten the names of folders or files.",
    );
  }
  return { files, ignored: found.ignored };
}

interface Source {
  readonly file: string;
  readonly bytes: number;
  readonly name: string;
  /** Folders that may tell the dataset, outermost first. */
  readonly folders: readonly string[];
  /** How many of them, from the left, are the path that was typed and not below it. */
  readonly outer: number;
}

interface Draft {
  readonly contract?: Contract;
  readonly reason?: string;
}

function contractOf(contracts: Contracts, id: string): Contract {
  const found = contracts.find((contract) => contract.id === id || contract.dataset === id);
  if (found !== undefined) return found;
  const meant = nearest(
    id,
    contracts.flatMap((contract) => [contract.id, contract.dataset]),
  );
  const known = contracts.map((contract) => contract.id).join(", ");
  throw new InputError(
    `There is no dataset ${id}.`,
    meant === undefined ? `Use one of ${known}.` : `Did you mean ${meant}?`,
  );
}

function matchOf(contracts: Contracts, source: Source, fixed: Contract | undefined): Draft {
  return fixed === undefined
    ? matchDataset(contracts, [...source.folders, source.name].join("/"))
    : { contract: fixed };
}

/** Folders to keep in the key: those below the typed path, apart from the ones that only name the dataset. */
function innerFolders({ folders, outer }: Source, contract: Contract | undefined): string[] {
  const inner = folders.slice(outer);
  if (contract === undefined) return inner;
  const naming = new Set([contract.domain, contract.dataset, ...contract.files].map(normalizeName));
  return inner.filter((folder) => !naming.has(normalizeName(folder)));
}

/** The key by which intake will find the same dataset: folders that would mislead it become part of the name. */
function keyOf(contracts: Contracts, contract: Contract | undefined, folders: readonly string[], name: string): string {
  if (contract === undefined) return [unknownDataset, ...folders, name].join("/");
  const key = dropKey(contract.domain, contract.dataset, [...folders, name].join("/"));
  if (matchDataset(contracts, key).contract === contract) return key;
  return dropKey(contract.domain, contract.dataset, [...folders, name].join("-"));
}

function findFiles(paths: readonly string[], base: string): { files: Source[]; ignored: string[] } {
  const missing = paths.filter((path) => !existsSync(resolve(base, path)));
  if (missing.length > 0) {
    const fixes = missing.flatMap((path) => suggestion(base, path) ?? []);
    throw new InputError(`There is no file or folder ${missing.join(", ")}.`, fixes.join("\n") || "Check the path.");
  }
  // By their real paths, so that a file that is reached in two ways is uploaded once.
  const files = new Map<string, Source>();
  const ignored: string[] = [];
  const visitFile = (file: string, folders: readonly string[], outer: number): void => {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats?.isFile() !== true) ignored.push(file);
    else files.set(realpathSync(file), { file, bytes: stats.size, name: basename(file), folders, outer });
  };
  const visitFolder = (folder: string, folders: readonly string[]): void => {
    for (const name of readdirSync(folder).sort()) {
      const path = join(folder, name);
      if (name.startsWith(".")) ignored.push(path);
      else if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) visitFolder(path, [...folders, name]);
      else visitFile(path, folders, 1);
    }
  };
  for (const path of paths) {
    const full = resolve(base, path);
    if (statSync(full).isDirectory()) {
      visitFolder(full, [basename(full)]);
    } else {
      const typed = normalize(path)
        .split(sep)
        .filter((part) => part !== "" && part !== "." && part !== "..");
      const folders = typed.slice(0, -1).slice(-TELLING_FOLDERS);
      visitFile(full, folders, folders.length);
    }
  }
  return { files: [...files.values()], ignored };
}

/** What was meant may stand in the same folder. */
function suggestion(base: string, path: string): string | undefined {
  const folder = dirname(resolve(base, path));
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return undefined;
  const meant = nearest(basename(path), readdirSync(folder));
  return meant === undefined ? undefined : `Did you mean ${join(dirname(path), meant)}?`;
}
