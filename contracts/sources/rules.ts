/** Rules between the parts of a source's file, and the contracts: named rules that all report. */
import { z } from "zod";
import { typeKind } from "../column-types";
import { type Column, type Contract, type Contracts, durationSeconds } from "../contract";
import { nearest } from "../nearest";
import { formatPath, type Problem } from "../problems";
import type { Finding } from "../rules";
import { authorityFault, authorityName } from "./authorities";
import { nameFault } from "./names";
import { type Engine, engines, managedHost } from "./source";

type Mapping = Readonly<Record<string, unknown>>;

/** As much of a table as could be read: rules also run on files that have other problems. */
interface TableDraft {
  readonly name: string;
  readonly said: Mapping;
  readonly window: Mapping | undefined;
  readonly partition: Mapping;
  /** Id of the dataset that it is to fill. */
  readonly dataset: string;
  /** Where the file names the dataset, or the table that does not. */
  readonly datasetPath: PropertyKey[];
  readonly contract: Contract | undefined;
}

/** What lies around the file. */
export interface Surroundings {
  readonly contracts: Contracts;
  /** The text of the file of this path from the repository's root, or undefined. */
  readonly textOf: (file: string) => string | undefined;
}

/** As much of a file as could be read. */
export interface SourceDraft extends Surroundings {
  readonly file: string;
  readonly connection: Mapping;
  readonly engine: Engine | undefined;
  readonly tables: readonly TableDraft[];
}

type Rule = (draft: SourceDraft) => Finding[];
type TableRule = (table: TableDraft, draft: SourceDraft) => Finding[];

const mapping = z.record(z.string(), z.unknown());
const texts = z.array(z.string());
const mappingOf = (value: unknown): Mapping | undefined => mapping.safeParse(value).data;

/** Reads what can be read of a file's content. */
export function draftOf(file: string, domain: string, input: unknown, surroundings: Surroundings): SourceDraft {
  const raw = mappingOf(input) ?? {};
  const connection = mappingOf(raw.connection) ?? {};
  return {
    ...surroundings,
    file,
    connection,
    engine: engines.find((engine) => engine === connection.engine),
    // Not through a schema, which leaves out names such as __proto__.
    tables: Object.entries(mappingOf(raw.tables) === undefined ? {} : (raw.tables as object)).map(([name, value]) => {
      const said = mappingOf(value) ?? {};
      const dataset = typeof said.dataset === "string" ? said.dataset : `${domain}/${name}`;
      return {
        name,
        said,
        window: mappingOf(said.window),
        partition: mappingOf(said.partition) ?? {},
        dataset,
        datasetPath: ["tables", name, ...(said.dataset === undefined ? [] : ["dataset"])],
        contract: surroundings.contracts.find(({ id }) => id === dataset),
      };
    }),
  };
}

/** Problems within one file, and of what it names. */
export function sourceProblems(draft: SourceDraft): Problem[] {
  const found = [
    ...rules.flatMap((rule) => rule(draft)),
    ...tableRules.flatMap((rule) => draft.tables.flatMap((table) => rule(table, draft))),
  ];
  return found.map(({ path, ...finding }) => ({ file: draft.file, path: formatPath(path), ...finding }));
}

/** Datasets that more than one table would fill: their rows would overwrite each other. */
export function datasetsFilledTwice(drafts: readonly SourceDraft[]): Problem[] {
  const first = new Map<string, string>();
  return drafts.flatMap(({ file, tables }) =>
    tables.flatMap(({ name, dataset, datasetPath, contract }) => {
      const other = first.get(dataset);
      if (other === undefined || contract === undefined) {
        first.set(dataset, other ?? `${JSON.stringify(name)} of ${file}`);
        return [];
      }
      const message = `is filled from table ${other} already`;
      const fix = "choose another dataset for one of them";
      return [{ file, path: formatPath(datasetPath), value: dataset, message, fix }];
    }),
  );
}

const managedOrSecret: Rule = ({ connection: { host, secret }, engine }) => {
  const path = ["connection", "secret"];
  if (host === managedHost) {
    const other = { path: ["connection", "engine"], value: engine, message: "is not what the managed cluster is" };
    return [
      ...(secret === undefined
        ? []
        : [{ path, message: "is not for a managed host, which has its own", fix: "remove it" }]),
      ...(engine === "mysql" ? [{ ...other, fix: "write postgresql, or name the host" }] : []),
    ];
  }
  const fix = "write secretsmanager:<name> or ssm:<name>: the place of a JSON with username and password";
  if (secret === undefined) return host === undefined ? [] : [{ path, message: "is missing", fix }];
  // Without its value: whoever mistakes this for the place of the password finds it in no log.
  return typeof secret !== "string" || isSecretReference(secret)
    ? []
    : [{ path, message: "names no secret; if it is one itself, change it: it was in this file", fix }];
};

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html, and PutParameter's. */
function isSecretReference(secret: string): boolean {
  return /^(secretsmanager:[\w/+=.@-]{1,512}|ssm:[\w./-]{1,1011})$/.test(secret);
}

const authorityFile: Rule = ({ file, connection: { ca }, textOf }) => {
  if (typeof ca !== "string" || !authorityName.test(ca)) return [];
  const path = `${file.slice(0, file.lastIndexOf("/"))}/${ca}`;
  const text = textOf(path);
  const fix = `write the authority's certificates to ${path}, or remove the key`;
  const fault = text === undefined ? { message: "does not exist", fix } : authorityFault(text);
  return fault === undefined ? [] : [{ path: ["connection", "ca"], value: ca, ...fault }];
};

const names: Rule = ({ connection: { database }, engine, tables }) => {
  const named = [
    { path: ["connection", "database"], name: database },
    ...tables.flatMap(({ name, said: { schema } }) => [
      { path: ["tables", name], name },
      { path: ["tables", name, "schema"], name: schema },
    ]),
  ];
  return named.flatMap(({ path, name }) => {
    const fault = typeof name === "string" ? nameFault(name, engine ?? "mysql") : undefined;
    return fault === undefined ? [] : [{ path, value: name, ...fault }];
  });
};

const datasetExists: TableRule = ({ dataset, datasetPath, contract }, { contracts }) => {
  if (contract !== undefined) return [];
  const known = contracts.map(({ id }) => id);
  const fix = `${choiceFix(dataset, known)}, or write domains/${dataset.replace("/", "/datasets/")}.yml`;
  return [{ path: datasetPath, value: dataset, message: "is no dataset", fix }];
};

const windowOrFullLoad: TableRule = ({ name, said }) => {
  const isFull = said.full_load === true;
  if (isFull === (said.window === undefined)) return [];
  const path = ["tables", name];
  return isFull
    ? [{ path: [...path, "full_load"], value: true, message: "stands beside a window", fix: "remove one of the two" }]
    : [{ path, message: "has no window", fix: "add `window: { column: ... }`, or `full_load: true`" }];
};

const windowColumn: TableRule = ({ name, window, contract }) => {
  const column = window?.column;
  if (typeof column !== "string" || contract === undefined) return [];
  const found = { path: ["tables", name, "window", "column"], value: column };
  const type = contract.columns.find((other) => other.name === column)?.type;
  if (type === undefined) return [{ ...found, ...unknownColumn(column, contract) }];
  if (type !== "timestamp") {
    return [{ ...found, message: `is of type ${type}`, fix: "name a column of type timestamp" }];
  }
  if (contract.latest_by === column) return [];
  // Otherwise the refined table would keep another record of a row than the database has.
  const message = `is not the contract's latest_by, ${contract.latest_by === undefined ? "which has none" : `${contract.latest_by}`}`;
  return [{ ...found, message, fix: `write \`latest_by: ${column}\` in ${contractFile(contract)}` }];
};

const durations: TableRule = ({ name, window = {} }) =>
  limits.flatMap(({ key, below, seconds }) => {
    const value = window[key];
    if (typeof value !== "string" || !/^\d+[mhd]$/.test(value) || durationSeconds(value) < seconds) return [];
    return [{ path: ["tables", name, "window", key], value, message: "is too long", fix: `use less than ${below}` }];
  });

/** What is longer is a slip of the pen: each run would read a week again, or lag behind by a day. */
const limits = [
  { key: "overlap", below: "7d", seconds: 7 * 86_400 },
  { key: "lag", below: "1d", seconds: 86_400 },
] as const;

const partitionColumns: TableRule = ({ name, partition: { column, hash }, said, contract }) => {
  const path = ["tables", name, "partition"];
  if (column !== undefined && hash !== undefined) {
    return [{ path: [...path, "hash"], value: hash, message: "stands beside `column`", fix: "remove one of the two" }];
  }
  if (contract === undefined || said.partition === undefined) return [];
  if (typeof column === "string") {
    const found = { path: [...path, "column"], value: column };
    const type = contract.columns.find((other) => other.name === column)?.type;
    if (type === undefined) return [{ ...found, ...unknownColumn(column, contract) }];
    return ["number", "time"].includes(typeKind(type))
      ? []
      : [{ ...found, message: `is of type ${type}, which has no ranges`, fix: `write \`hash: [${column}]\`` }];
  }
  const hashed = texts.safeParse(hash).data ?? [];
  return hashed.flatMap((each, index): Finding[] => {
    const found = { path: [...path, "hash", index], value: each };
    if (hashed.indexOf(each) < index) return [{ ...found, message: "is listed twice", fix: "remove one" }];
    return hasColumn(contract, each) ? [] : [{ ...found, ...unknownColumn(each, contract) }];
  });
};

const deletesColumn: TableRule = ({ name, said, contract }) => {
  const column = mappingOf(said.deletes)?.column;
  if (typeof column !== "string" || contract === undefined || contract.deleted_by === column) return [];
  const found = { path: ["tables", name, "deletes", "column"], value: column };
  if (!hasColumn(contract, column)) return [{ ...found, ...unknownColumn(column, contract) }];
  // Otherwise the row would stay in the refined table.
  const message = `is not the contract's deleted_by, ${contract.deleted_by ?? "which has none"}`;
  return [{ ...found, message, fix: `write \`deleted_by: ${column}\` in ${contractFile(contract)}` }];
};

const rules: readonly Rule[] = [managedOrSecret, authorityFile, names];

const tableRules: readonly TableRule[] = [
  datasetExists,
  windowOrFullLoad,
  windowColumn,
  durations,
  partitionColumns,
  deletesColumn,
];

const hasColumn = ({ columns }: Contract, name: string) => columns.some((column: Column) => column.name === name);

const contractFile = ({ domain, dataset }: Contract) => `domains/${domain}/datasets/${dataset}.yml`;

function unknownColumn(name: string, { columns, ...contract }: Contract): { message: string; fix: string } {
  const fix = choiceFix(
    name,
    columns.map((column) => column.name),
  );
  return { message: `is no column of ${contract.id}`, fix };
}

function choiceFix(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  if (meant !== undefined) return `write \`${meant}\``;
  return `use one of: ${known.join(", ")}`;
}
