/** Reads and checks all contracts: for builds and tools, not for functions at run time (see `deserializeContracts`). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import type { ColumnType } from "./column-types";
import type { Contract, Contracts } from "./contract";
import { readDocument } from "./document";
import { entries, folders } from "./folders";
import { normalizeName } from "./names";
import { ConfigurationError, keysOf, type Problem, sortProblems, zodProblems } from "./problems";
import {
  contractProblems,
  type Draft,
  databasesNamedClear,
  draftOf,
  filesClaimedTwice,
  undeclaredDomains,
} from "./rules";
import { contractSchema, namePattern } from "./schema";

/**
 * Reads `<root>/domains/<domain>/datasets/<dataset>.yml`.
 * @param root the repository
 * @throws ConfigurationError with every problem of every file
 */
export function loadContracts(root: string): Contracts {
  const files = contractFiles(root);
  const read = files.flatMap((file) => ("problem" in file ? [] : [readContract(root, file)]));
  const drafts = read.map(({ draft }) => draft);
  ConfigurationError.check([
    ...files.flatMap((file) => ("problem" in file ? [file.problem] : [])),
    ...read.flatMap(({ problems }) => problems),
    ...filesClaimedTwice(drafts),
    ...databasesNamedClear(drafts),
    ...undeclaredDomains(drafts),
  ]);
  return read.flatMap(({ contract }) => (contract === undefined ? [] : [contract]));
}

interface ContractFile {
  readonly file: string;
  readonly domain: string;
  readonly dataset: string;
}

interface Reading {
  readonly draft: Draft;
  readonly problems: Problem[];
  readonly contract?: Contract;
}

const knownKeys = keysOf(contractSchema);

/** One contract from its text, with its problems and their lines. */
export function parseContract(text: string, { file, domain, dataset }: ContractFile): Reading {
  const { input, faults, locate } = readDocument(file, text);
  const draft = draftOf(file, domain, dataset, input);
  if (faults.length > 0) return { draft, problems: [...faults] };
  const result = contractSchema.safeParse(input);
  const found = [
    ...(result.success ? [] : zodProblems(file, result.error, input, knownKeys)),
    ...contractProblems(draft),
  ];
  return {
    draft,
    problems: sortProblems(found.map(locate)),
    contract: result.success ? contractOf(domain, dataset, result.data) : undefined,
  };
}

function readContract(root: string, location: ContractFile): Reading {
  return parseContract(readFileSync(join(root, location.file), "utf8"), location);
}

function contractOf(domain: string, dataset: string, parsed: z.output<typeof contractSchema>): Contract {
  const { columns, ...rest } = parsed;
  return {
    id: `${domain}/${dataset}`,
    domain,
    dataset,
    ...rest,
    columns: Object.entries(columns).map(([name, column]) => ({
      name,
      ...column,
      type: column.type.replace(" ", "") as ColumnType,
      classification: column.classification ?? parsed.classification,
    })),
  };
}

/** All contract files in order, and what else lies where contracts should. */
function contractFiles(root: string): (ContractFile | { problem: Problem })[] {
  return folders(root, "domains").flatMap((domain) => {
    const folder = `domains/${domain}/datasets`;
    const names = entries(root, folder).filter((name) => !name.startsWith(".") && name !== "README.md");
    return names.map((name) => {
      const file = `${folder}/${name}`;
      const dataset = name.replace(/\.ya?ml$/, "");
      if (!name.endsWith(".yml")) {
        const fix = name.endsWith(".yaml") ? `rename it to ${dataset}.yml` : "move it elsewhere";
        return { problem: { file, path: "", message: "is no contract", fix } };
      }
      for (const part of [domain, dataset]) {
        if (namePattern.test(part)) continue;
        const fix = `rename it to ${normalizeName(part)}`;
        return { problem: { file, path: "", value: part, message: "is no lower snake case name", fix } };
      }
      return { file, domain, dataset };
    });
  });
}
