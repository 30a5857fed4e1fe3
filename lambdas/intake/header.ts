/** Which column of the contract each field of a file is. */
import type { Column, Contract } from "../../contracts/contract";
import { normalizeName } from "../../contracts/names";
import { nearest } from "../../contracts/nearest";
import { FileProblem } from "./errors";

/**
 * Matches the names in a file with the contract: any order, any case, any way to separate words. Optional columns may be
 * absent (their values are then null); a column that the contract does not know is refused, as its data would be lost.
 * @throws FileProblem that says everything at once
 */
export function matchHeader(contract: Contract, names: readonly string[]): Column[] {
  if (names.some((name) => /\r/.test(name))) {
    throw new FileProblem("its lines end with a carriage return alone: end them with a line feed");
  }
  const known = new Map(contract.columns.map((column) => [column.name, column]));
  const normalized = names.map(normalizeName);
  if (!normalized.some((name) => known.has(name))) {
    throw new FileProblem(
      `it has no header, or not that of ${contract.id}: it begins with ${quote(names.slice(0, 8))}`,
    );
  }
  const unknown = names.filter((_, index) => !known.has(normalized[index] ?? ""));
  const repeated = names.filter((_, index) => normalized.indexOf(normalized[index] ?? "") < index);
  const missing = contract.columns.filter(({ name, required }) => required && !normalized.includes(name));
  const faults = [
    missing.length > 0 ? `it lacks the required ${columns(missing.map(({ name }) => name))}` : "",
    unknown.length > 0 ? `the contract does not know its ${columns(unknown)}${meant(unknown, [...known.keys()])}` : "",
    repeated.length > 0 ? `it has more than one of ${columns(repeated)}` : "",
  ].filter((fault) => fault !== "");
  if (faults.length > 0) throw new FileProblem(faults.join("; "));
  return normalized.flatMap((name) => known.get(name) ?? []);
}

function columns(names: readonly string[]): string {
  return `column${names.length === 1 ? "" : "s"} ${quote(names)}`;
}

/** So many names are written out; a file that has nothing to do with its contract may have thousands. */
const mostNames = 10;

function quote(names: readonly string[]): string {
  const shown = names.slice(0, mostNames);
  const rest = names.length - shown.length;
  const texts = shown.map((name) => JSON.stringify(name.length > 60 ? `${name.slice(0, 57)}...` : name));
  return `${texts.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

function meant(unknown: readonly string[], known: readonly string[]): string {
  const [name] = unknown;
  const candidate = unknown.length === 1 && name !== undefined ? nearest(name, known) : undefined;
  return candidate === undefined ? "" : ` (meant ${candidate}?)`;
}
