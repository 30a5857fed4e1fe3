/** Reads and checks all sources: for builds and tools, not for functions at run time, which read what was deployed. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import type { Contracts } from "../contract";
import { readDocument } from "../document";
import { entries, folders } from "../folders";
import { normalizeName } from "../names";
import { ConfigurationError, keysOf, type Problem, sortProblems, zodProblems } from "../problems";
import { namePattern } from "../schema";
import { datasetsFilledTwice, draftOf, type SourceDraft, type Surroundings, sourceProblems } from "./rules";
import { sourceSchema } from "./schema";
import type { Engine, Partition, Source, SourceTable } from "./source";

/**
 * Reads `<root>/domains/<domain>/sources/<source>.yml`, and the PEM files beside them that they name.
 * @param root the repository
 * @param contracts of the datasets that sources fill
 * @returns all sources, ordered by id
 * @throws ConfigurationError with every problem of every file
 */
export function loadSources(root: string, contracts: Contracts): readonly Source[] {
  const places = sourceFiles(root);
  const surroundings = { contracts, textOf: (file: string) => textOf(root, file) };
  const read = places.flatMap((place) =>
    "problem" in place ? [] : [parseSource(surroundings.textOf(place.file) ?? "", place, surroundings)],
  );
  ConfigurationError.check([
    ...places.flatMap((place) => ("problem" in place ? [place.problem] : [])),
    ...read.flatMap(({ problems }) => problems),
    ...datasetsFilledTwice(read.map(({ draft }) => draft)),
  ]);
  return read.flatMap(({ source }) => (source === undefined ? [] : [source]));
}

interface Place {
  readonly file: string;
  readonly domain: string;
  readonly name: string;
}

interface Reading {
  readonly draft: SourceDraft;
  readonly problems: readonly Problem[];
  readonly source?: Source;
}

const knownKeys = keysOf(sourceSchema);

const defaultPorts: Readonly<Record<Engine, number>> = { postgresql: 5432, mysql: 3306 };

/** One source from its text, with its problems and their lines. */
export function parseSource(text: string, place: Place, surroundings: Surroundings): Reading {
  const { file, domain } = place;
  const { input, faults, locate } = readDocument(file, text);
  const draft = draftOf(file, domain, input, surroundings);
  if (faults.length > 0) return { draft, problems: faults };
  const result = sourceSchema.safeParse(input);
  const found = [
    ...(result.success ? [] : zodProblems(file, result.error, input, knownKeys).map(withoutSecrets)),
    ...sourceProblems(draft),
  ];
  return {
    draft,
    problems: sortProblems(found.map(locate)),
    ...(result.success ? { source: sourceOf(place, result.data, surroundings.contracts) } : {}),
  };
}

/** Whoever writes a password into the file despite everything finds it in no log. */
function withoutSecrets(problem: Problem): Problem {
  const { value, ...rest } = problem;
  const isKnown = /^connection\.(engine|host|port|database|ca)$/.test(problem.path);
  return problem.path.startsWith("connection") && !isKnown ? rest : problem;
}

function sourceOf(
  { file, domain, name }: Place,
  { connection, schedule, tables, ...parsed }: z.output<typeof sourceSchema>,
  contracts: Contracts,
): Source {
  const { engine, port = defaultPorts[engine], ca, secret } = connection;
  const folder = file.slice(0, file.lastIndexOf("/"));
  return {
    id: `${domain}/${name}`,
    domain,
    name,
    ...parsed,
    connection: {
      ...{ engine, host: connection.host, port, database: connection.database },
      ...(secret === undefined ? {} : { secret }),
      ...(ca === undefined ? {} : { ca: `${folder}/${ca}` }),
    },
    ...(schedule === undefined ? {} : { schedule }),
    tables: Object.entries(tables)
      .map(([table, said]) => tableOf(table, said, { domain, connection }, contracts))
      .sort((a, b) => a.priority - b.priority || (a.name < b.name ? -1 : 1)),
  };
}

type Parsed = z.output<typeof sourceSchema>;

function tableOf(
  name: string,
  { schema, dataset, window, partition, full_load, fetch_size, priority, deletes }: Parsed["tables"][string],
  { domain, connection }: { readonly domain: string } & Pick<Parsed, "connection">,
  contracts: Contracts,
): SourceTable {
  const id = dataset ?? `${domain}/${name}`;
  return {
    name,
    schema: schema ?? (connection.engine === "postgresql" ? "public" : connection.database),
    dataset: id,
    ...(window === undefined ? {} : { window: withoutUndefined(window) }),
    full_load,
    partition: partitionOf(partition, contracts.find((contract) => contract.id === id)?.key ?? []),
    fetch_size,
    priority,
    ...(deletes === undefined ? {} : { deletes: withoutUndefined(deletes) }),
  };
}

/** The same, as if what is undefined had never been named. */
function withoutUndefined<T extends object>(said: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) as never;
}

/** The split by the contract's key is the one that is always possible. */
function partitionOf(said: Parsed["tables"][string]["partition"], key: readonly string[]): Partition {
  const { column, hash = key, count = 4 } = said ?? {};
  return column === undefined ? { hash, count } : { column, count };
}

function textOf(root: string, file: string): string | undefined {
  try {
    return readFileSync(join(root, file), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** All source files in order, and what else lies where sources should. */
function sourceFiles(root: string): (Place | { problem: Problem })[] {
  return folders(root, "domains").flatMap((domain) => {
    const folder = `domains/${domain}/sources`;
    const files = entries(root, folder).filter(
      (name) => !name.startsWith(".") && name !== "README.md" && !name.endsWith(".pem"),
    );
    return files.map((entry) => {
      const file = `${folder}/${entry}`;
      const name = entry.replace(/\.ya?ml$/, "");
      if (!entry.endsWith(".yml")) {
        const fix = entry.endsWith(".yaml") ? `rename it to ${name}.yml` : "move it elsewhere";
        return { problem: { file, path: "", message: "is no source", fix } };
      }
      const misnamed = [domain, name].find((part) => !namePattern.test(part));
      if (misnamed === undefined) return { file, domain, name };
      const fix = `rename it to ${normalizeName(misnamed)}`;
      return { problem: { file, path: "", value: misnamed, message: "is no lower snake case name", fix } };
    });
  });
}
