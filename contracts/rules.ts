/** What must hold between the parts of a contract, and between contracts: named rules that all report. */
import { z } from "zod";
import { isColumnType, typeKind } from "./column-types";
import type { Column } from "./contract";
import { classifications } from "./contract";
import { isReservedColumn, landing, landingPrefix, reservedPrefix } from "./layout";
import { knownNames } from "./match";
import { nearest } from "./nearest";
import { formatPath, type Problem } from "./problems";
import { columnSchema, namePattern } from "./schema";

/** As much of a contract as could be read: rules also run on files that have other problems. */
export interface Draft {
  readonly file: string;
  readonly domain: string;
  readonly dataset: string;
  readonly key: readonly string[];
  readonly latestBy: string | undefined;
  readonly deletedBy: string | undefined;
  readonly classification: Column["classification"] | undefined;
  /** Every column named in the file; undefined when its description has problems of its own. */
  readonly columns: ReadonlyMap<string, z.output<typeof columnSchema> | undefined>;
  readonly files: readonly string[];
  readonly quality: readonly string[];
}

/** A problem whose path is not written out yet. */
export type Finding = Pick<Problem, "message" | "value" | "fix"> & { path: PropertyKey[] };
type Rule<Parts = Draft> = (draft: Parts) => Finding[];

/** Columns as they are named in a file; undefined for one whose description has problems of its own. */
export interface NamedColumns {
  readonly columns: ReadonlyMap<string, { readonly required: boolean; readonly mask?: string } | undefined>;
}

const record = z.record(z.string(), z.unknown());
const texts = z.array(z.string());

/** Reads what can be read of a file's content. */
export function draftOf(file: string, domain: string, dataset: string, input: unknown): Draft {
  const raw = record.safeParse(input).data ?? {};
  const columns = Object.entries(record.safeParse(raw.columns).data ?? {});
  return {
    file,
    domain,
    dataset,
    key: texts.safeParse(raw.key).data ?? [],
    latestBy: z.string().safeParse(raw.latest_by).data,
    deletedBy: z.string().safeParse(raw.deleted_by).data,
    classification: z.enum(classifications).safeParse(raw.classification).data,
    columns: new Map(columns.map(([name, column]) => [name, columnSchema.safeParse(column).data])),
    files: texts.safeParse(raw.files).data ?? [],
    quality: texts.safeParse(raw.quality).data ?? [],
  };
}

/** Problems within one contract. */
export function contractProblems(draft: Draft): Problem[] {
  return rules.flatMap((rule) =>
    rule(draft).map(({ path, ...finding }) => ({ file: draft.file, path: formatPath(path), ...finding })),
  );
}

/** Problems between the contracts of one domain. */
export function filesClaimedTwice(drafts: readonly Draft[]): Problem[] {
  return drafts.flatMap((draft) => {
    const earlier = drafts.slice(0, drafts.indexOf(draft)).filter(({ domain }) => domain === draft.domain);
    return knownNames(draft).flatMap((name) => {
      const other = earlier.find((candidate) => knownNames(candidate).includes(name));
      if (other === undefined) return [];
      const message = `files named ${name} belong to ${other.domain}/${other.dataset} already`;
      const fix = `remove the name here or in ${other.file}`;
      return [{ file: draft.file, path: "files", value: name, message, fix }];
    });
  });
}

/** Unmasked tables of `sales` are in `refined_sales_clear`, and who may ask the lake sees no database of such an ending. */
export function databasesNamedClear(drafts: readonly Draft[]): Problem[] {
  return [...new Set(drafts.map(({ domain }) => domain))]
    .filter((domain) => domain.endsWith("_clear"))
    .map((domain) => ({
      file: `domains/${domain}`,
      path: "",
      value: domain,
      message: "would make databases named like those of unmasked tables, which are closed to analysts",
      fix: "rename the folder, so that it does not end in _clear",
    }));
}

/** Files of a domain `landing` would lie among those that no contract declares, and never be loaded. */
export function undeclaredDomains(drafts: readonly Draft[]): Problem[] {
  if (!drafts.some(({ domain }) => domain === landing)) return [];
  const message = `would have its files below ${landingPrefix} of the first zone, where nothing is loaded by a contract`;
  const fix = "rename the folder to what its data is about";
  return [{ file: `domains/${landing}`, path: "", value: landing, message, fix }];
}

export const columnNames: Rule<NamedColumns> = ({ columns }) =>
  [...columns.keys()].flatMap((name) => {
    const path = ["columns", name];
    if (isReservedColumn(name)) {
      const fix = `choose a name without ${reservedPrefix} in front`;
      return [{ path, message: "is a name that the lake itself adds to tables", fix }];
    }
    if (namePattern.test(name)) return [];
    return [{ path, message: "is no lower snake case name", fix: "write for example `unit_price`" }];
  });

export const keyColumns: Rule<Pick<Draft, "key"> & NamedColumns> = ({ key, columns }) =>
  key.flatMap((name, index): Finding[] => {
    const path = ["key", index];
    if (key.indexOf(name) < index) return [{ path, value: name, message: "is listed twice", fix: "remove one" }];
    if (!columns.has(name)) return [{ path, value: name, message: "is not a column", fix: columnFix(name, columns) }];
    const column = columns.get(name);
    if (column === undefined) return [];
    const inside = ["columns", name];
    const optional = { path: inside, message: "is part of the key and may be empty", fix: "add `required: true`" };
    const { mask } = column;
    const message = mask === "redact" ? "would empty a part of the key" : "would make different keys look the same";
    const blurred = { path: [...inside, "mask"], value: mask, message, fix: "use `hash`, which keeps rows apart" };
    return [...(column.required ? [] : [optional]), ...(mask === undefined || mask === "hash" ? [] : [blurred])];
  });

const latestByColumn: Rule = ({ latestBy, columns }) => {
  if (latestBy === undefined) return [];
  const path = ["latest_by"];
  if (!columns.has(latestBy)) {
    return [{ path, value: latestBy, message: "is not a column", fix: columnFix(latestBy, columns) }];
  }
  const column = columns.get(latestBy);
  const type = column?.type.replace(" ", "") ?? "";
  if (column === undefined || !isColumnType(type)) return [];
  const kind = typeKind(type);
  const unordered = { path, value: latestBy, message: `is a ${type}: nothing about it is later`, fix: latestByFix };
  const masked = { path, value: latestBy, message: "is masked, so the masked copy cannot tell", fix: latestByFix };
  return [...(kind === "time" || kind === "number" ? [] : [unordered]), ...(column.mask === undefined ? [] : [masked])];
};

const deletedByColumn: Rule = ({ deletedBy, columns, key }) => {
  if (deletedBy === undefined) return [];
  const found = { path: ["deleted_by"], value: deletedBy };
  if (!columns.has(deletedBy)) return [{ ...found, message: "is not a column", fix: columnFix(deletedBy, columns) }];
  const column = columns.get(deletedBy);
  const fix = "name a column of type boolean, date or timestamp that deleted rows alone have";
  if (column === undefined) return [];
  if (!["boolean", "date", "timestamp"].includes(column.type)) {
    return [{ ...found, message: `is a ${column.type}, which does not tell whether a row is deleted`, fix }];
  }
  // All rows would be deleted.
  const isAlways = column.type !== "boolean" && (column.required || key.includes(deletedBy));
  return isAlways ? [{ ...found, message: "has a value in every row, so all would be deleted", fix }] : [];
};

/** Deleted rows of `orders` are listed in `orders__removed`. */
const notNamedRemoved: Rule = ({ dataset }) =>
  dataset.endsWith("__removed")
    ? [
        {
          path: [],
          value: dataset,
          message: "is named like a list of deleted rows",
          fix: "rename the file, so that it does not end in __removed",
        },
      ]
    : [];

const latestByFix = "name an unmasked column with a time or a number that grows";

const sensitiveColumnsAreMasked: Rule = ({ columns, classification }) =>
  [...columns].flatMap(([name, column]) => {
    if (column?.classification === undefined || classification === undefined || column.mask !== undefined) return [];
    if (classifications.indexOf(column.classification) <= classifications.indexOf(classification)) return [];
    const message = `is more sensitive than its dataset (${classification}), whose masked copy would show it`;
    return [{ path: ["columns", name], message, fix: "add a mask such as `mask: hash` or `mask: redact`" }];
  });

export const qualityRules: Rule<Pick<Draft, "quality"> & NamedColumns> = ({ quality, columns }) =>
  quality.flatMap((text, index) => {
    const path = ["quality", index];
    const match = /^(\w+)((?:\s+"[^"]*")*)/.exec(text.trim());
    const type = match?.[1] ?? "";
    const known = [...dqdlColumnRules, ...dqdlTableRules];
    if (!known.includes(type)) {
      const meant = nearest(type, known);
      const fix = meant === undefined ? `begin with one of ${known.join(", ")}` : `write \`${meant}\``;
      return [{ path, value: text, message: "is no DQDL rule", fix }];
    }
    if (!dqdlColumnRules.includes(type)) return [];
    const named = [...(match?.[2] ?? "").matchAll(/"([^"]*)"/g)].map((name) => name[1] ?? "");
    const own = type === "ReferentialIntegrity" ? named.slice(0, 1) : named;
    if (own.length === 0) return [{ path, value: text, message: "names no column", fix: `write ${type} "column" ...` }];
    return own
      .filter((name) => !columns.has(name))
      .map((name) => ({ path, value: text, message: `"${name}" is not a column`, fix: columnFix(name, columns) }));
  });

const rules: readonly Rule[] = [
  columnNames,
  keyColumns,
  latestByColumn,
  deletedByColumn,
  notNamedRemoved,
  sensitiveColumnsAreMasked,
  qualityRules,
];

const dqdlColumnRules = [
  ...["ColumnCorrelation", "ColumnDataType", "ColumnExists", "ColumnLength", "ColumnValues", "Completeness"],
  ...["DataFreshness", "DistinctValuesCount", "Entropy", "IsComplete", "IsPrimaryKey", "IsUnique", "Mean"],
  ...["ReferentialIntegrity", "StandardDeviation", "Sum", "UniqueValueRatio", "Uniqueness"],
];
const dqdlTableRules = ["ColumnCount", "ColumnNamesMatchPattern", "CustomSql", "RowCount"];

function columnFix(name: string, columns: ReadonlyMap<string, unknown>): string {
  if (columns.size === 0) return "describe it among the columns";
  const meant = nearest(name, [...columns.keys()]);
  return meant === undefined ? `name one of: ${[...columns.keys()].join(", ")}` : `write \`${meant}\``;
}
