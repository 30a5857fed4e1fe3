/** Reads and checks the queries of all domains: for builds and tools. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TableColumn } from "../layout";
import { normalizeName } from "../names";
import { ConfigurationError, type Problem } from "../problems";
import { type Header, headerKeyFix, headerKeys, readHeader } from "./header";
import { parseQueryText } from "./parse-query";
import { glueTypeFix, isGlueType, type Query, type QueryView } from "./query";
import { type Columns, type KnownTables, Resolver } from "./resolve";
import { SqlSyntaxError } from "./tokens";

interface Draft {
  readonly file: string;
  readonly domain: string;
  readonly header: Header;
  readonly query: Query;
  readonly problems: Problem[];
}

/**
 * Reads `<root>/domains/<domain>/queries/*.sql`, in the order of their ids.
 * @param knownTables columns of every table by `database.table`; views of other queries are added to them
 * @throws ConfigurationError with every problem of every file
 */
export function loadQueries(root: string, knownTables: ReadonlyMap<string, readonly string[]>): readonly Query[] {
  const files = queryFiles(root);
  const drafts = files.flatMap(({ file, domain }) =>
    file.endsWith(".sql") ? [readQuery(file, domain, readFileSync(join(root, file), "utf8"))] : [],
  );
  const known = new Map(
    [...knownTables].map(([table, columns]) => [table.toLowerCase(), columns.map((name) => name.toLowerCase())]),
  );
  const claims = claimedTwice(drafts, known);
  for (const { query } of drafts) if (query.view) known.set(viewName(query.view), query.view.columns.map(nameOf));
  const checked = drafts.map((draft) => ({ draft, ...checkStatement(draft, known) }));
  ConfigurationError.check([
    ...files.filter(({ file }) => !file.endsWith(".sql")).map(({ file }) => noQuery(file)),
    ...drafts.flatMap(({ problems }) => problems),
    ...claims,
    ...checked.flatMap(({ problems }) => problems),
    ...circles(checked),
  ]);
  return drafts.map(({ query }) => query).sort((a, b) => (a.id < b.id ? -1 : 1));
}

const nameOf = ({ name }: TableColumn) => name;
const viewName = ({ database, name }: QueryView) => `${database}.${name}`;

function noQuery(file: string): Problem {
  return { file, path: "", message: "is no query", fix: "let its name end in .sql, or move it elsewhere" };
}

function queryFiles(root: string): { file: string; domain: string }[] {
  const domains = readdirSync(join(root, "domains"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return domains
    .map(({ name }) => name)
    .sort()
    .flatMap((domain) => {
      const folder = `domains/${domain}/queries`;
      const names = entries(join(root, folder)).filter((name) => !name.startsWith(".") && name !== "README.md");
      return names.sort().map((name) => ({ file: `${folder}/${name}`, domain }));
    });
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** The query by its header, with what is wrong with that. */
function readQuery(file: string, domain: string, text: string): Draft {
  const header = readHeader(text);
  const problems = headerProblems(file, header);
  const headerValue = (key: string) => header.lines.find((line) => line.key === key)?.value ?? "";
  const name = headerValue("name");
  const named = headerValue("view").toLowerCase().split(".");
  const columns = header.lines.filter(({ key }) => key === "column").map(({ value }) => columnOf(value));
  const [database = "", view = ""] = named;
  const query: Query = {
    id: `${domain}/${name}`,
    ...{ domain, name, description: headerValue("description"), sql: header.sql },
    ...(headerValue("view") === "" ? {} : { view: { database, name: view, columns } }),
    file,
  };
  return { file, domain, header, query, problems };
}

function columnOf(value: string): TableColumn {
  const [name = "", type = "", ...comment] = value.replace(/,\s+(?=\d+\))/g, ",").split(/\s+/);
  return {
    name: name.toLowerCase(),
    type: type.toLowerCase(),
    ...(comment.length > 0 ? { comment: comment.join(" ") } : {}),
  };
}

function headerProblems(file: string, { lines, sqlLine }: Header): Problem[] {
  const problems: Problem[] = [];
  const add = (line: number, path: string, value: string | undefined, message: string, fix: string) =>
    problems.push({ file: `${file}:${line}`, path, ...(value === undefined ? {} : { value }), message, fix });
  const keys: readonly string[] = headerKeys;
  for (const { key, value, line } of lines) {
    if (!keys.includes(key)) add(line, key, value, "is not a known key", headerKeyFix(key));
    else if (value === "") add(line, key, undefined, "is empty", `write \`-- ${key}: ...\``);
  }
  for (const key of ["name", "description", "view"]) {
    const [first, second] = lines.filter((line) => line.key === key);
    if (first === undefined && key !== "view") add(1, key, undefined, "is missing", `add \`-- ${key}: ...\``);
    if (first && second)
      add(second.line, key, second.value, `stands in line ${first.line} already`, "keep one of them");
  }
  for (const { key, value, line } of lines) {
    if (key === "name" && value !== "" && !/^[a-z][a-z0-9-]{0,127}$/.test(value)) {
      add(
        line,
        key,
        value,
        "is no name in lower case with dashes",
        `write ${normalizeName(value).replaceAll("_", "-")}`,
      );
    }
    if (key === "view" && value !== "" && !/^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$/.test(value)) {
      add(line, key, value, "is no `database.view`", "write it such as curated_sales.top_sellers");
    }
  }
  problems.push(...columnProblems(file, lines, sqlLine));
  return problems;
}

function columnProblems(file: string, lines: Header["lines"], sqlLine: number): Problem[] {
  const problems: Problem[] = [];
  const columns = lines.filter(({ key, value }) => key === "column" && value !== "");
  const view = lines.find(({ key }) => key === "view");
  const [first] = columns;
  const place = (line: number) => ({ file: `${file}:${line}`, path: "column" });
  if (view === undefined && first !== undefined) {
    const fix = "add `-- view: database.name`, or take the columns away";
    problems.push({ ...place(first.line), value: first.value, message: "belongs to a view", fix });
  }
  if (view !== undefined && columns.length === 0) {
    const fix = "add a line `-- column: name type comment` for each column";
    problems.push({ ...place(Math.min(view.line, sqlLine)), message: "is missing for a view", fix });
  }
  for (const [index, { value, line }] of columns.entries()) {
    const { name, type } = columnOf(value);
    if (!isGlueType(type)) {
      problems.push({ ...place(line), value, message: `\`${type}\` is no type of Glue`, fix: glueTypeFix(type) });
    }
    if (columns.slice(0, index).some((other) => columnOf(other.value).name === name)) {
      problems.push({ ...place(line), value, message: "names a column again", fix: "keep one of them" });
    }
  }
  return problems;
}

/** Names of queries and views that two files want, or that are a table's. */
function claimedTwice(drafts: readonly Draft[], known: KnownTables): Problem[] {
  const owners = new Map<string, string>();
  return drafts.flatMap(({ file, header, query }) => {
    const claims = [
      ...(query.name === "" ? [] : [{ key: "name", claim: query.id, value: query.name }]),
      ...(query.view ? [{ key: "view", claim: `view ${viewName(query.view)}`, value: viewName(query.view) }] : []),
    ];
    return claims.flatMap(({ key, claim, value }) => {
      const owner = owners.get(claim) ?? (key === "view" && known.has(value) ? "a table" : undefined);
      owners.set(claim, file);
      if (owner === undefined) return [];
      const line = header.lines.find((entry) => entry.key === key)?.line ?? 1;
      return [
        { file: `${file}:${line}`, path: key, value, message: `is taken by ${owner}`, fix: "give it another name" },
      ];
    });
  });
}

interface Checked {
  readonly draft: Draft;
  /** Tables and views that the statement reads. */
  readonly used: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

/** Parses a statement and looks up what it names. */
function checkStatement({ file, header, query }: Draft, known: KnownTables): Omit<Checked, "draft"> {
  const lineOf = (offset: number) => header.sqlLine + header.sql.slice(0, offset).split("\n").length - 1;
  const columnAt = (offset: number) => offset - header.sql.lastIndexOf("\n", offset - 1);
  try {
    const parsed = parseQueryText(header.sql);
    const resolver = new Resolver(known);
    const columns = resolver.query(parsed);
    const problems = resolver.unknowns.map(({ offset, value, message, fix }) => ({
      ...{ file: `${file}:${lineOf(offset)}`, path: `column ${columnAt(offset)}`, value, message, fix },
    }));
    return { used: resolver.used, problems: [...problems, ...viewProblems(file, header, query, columns)] };
  } catch (error) {
    if (!(error instanceof SqlSyntaxError)) throw error;
    const path = header.sql === "" ? "" : `column ${columnAt(error.offset)}`;
    const problem = { file: `${file}:${lineOf(error.offset)}`, path, message: error.message, fix: error.fix };
    return { used: new Set(), problems: [problem] };
  }
}

/** Whether the columns that a view announces are those which its statement gives. */
function viewProblems(file: string, { lines, sqlLine }: Header, { view }: Query, found: Columns): Problem[] {
  if (view === undefined || view.columns.length === 0 || found === undefined) return [];
  const given = lines.filter(({ key }) => key === "column");
  const problems = found.flatMap((name, index): Problem[] => {
    const announced = view.columns[index]?.name;
    if (announced === name) return [];
    const line = given[index]?.line ?? sqlLine;
    if (name === "") {
      const fix = `add AS ${announced ?? "and a name"} to it`;
      return [{ file: `${file}:${sqlLine}`, path: "", message: `column ${index + 1} of the result has no name`, fix }];
    }
    const message =
      announced === undefined
        ? `is missing for \`${name}\``
        : `is not what column ${index + 1} of the result is called`;
    const value = announced === undefined ? {} : { value: announced };
    return [{ file: `${file}:${line}`, path: "column", ...value, message, fix: `write \`${name}\` and its type` }];
  });
  const more = given.slice(found.length).map(({ line, value }) => ({
    ...{ file: `${file}:${line}`, path: "column", value },
    ...{ message: `is more than the ${found.length} columns of the result`, fix: "take it away, or select it" },
  }));
  return [...problems, ...more];
}

/** Views that read themselves, over others or not. */
function circles(checked: readonly Checked[]): Problem[] {
  const reads = new Map(
    checked.flatMap(({ draft, used }) => (draft.query.view ? [[viewName(draft.query.view), used]] : [])),
  );
  const reaches = (from: string, to: string, seen: Set<string>): boolean =>
    [...(reads.get(from) ?? [])].some((next) => next === to || (!seen.has(next) && reaches(next, to, seen.add(next))));
  return checked.flatMap(({ draft: { file, header, query } }) => {
    const name = query.view === undefined ? undefined : viewName(query.view);
    if (name === undefined || !reaches(name, name, new Set())) return [];
    const line = header.lines.find(({ key }) => key === "view")?.line ?? 1;
    return [
      { file: `${file}:${line}`, path: "view", value: name, message: "reads itself", fix: "let it read tables only" },
    ];
  });
}
