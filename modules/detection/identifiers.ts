/** A column whose values Macie looks for, as its contract describes it. */
export interface SensitiveColumn {
  readonly name: string;
  /** `<domain>/<dataset>` */
  readonly dataset: string;
  /** What its values look like. */
  readonly pattern: string;
  readonly classification: string;
}

/** What Macie finds by an expression that stands near a word. */
export interface DataIdentifier {
  readonly name: string;
  readonly description: string;
  readonly regex: string;
  readonly keywords: string[];
}

/** https://docs.aws.amazon.com/macie/latest/user/cdis-options.html */
const LONGEST_EXPRESSION = 512;
const SHORTEST_KEYWORD = 3;
const LONGEST_KEYWORD = 90;

/** Macie knows neither look-around nor references back. */
const UNKNOWN = /\(\?[=!<]|\\[1-9]|\\[bBAzZ]/;

/**
 * One identifier for each expression: columns of several datasets that look the same share it. Their names are its keywords, so
 * that five digits alone are no postal code.
 */
export function dataIdentifiers(columns: readonly SensitiveColumn[]): DataIdentifier[] {
  const fitting = columns.filter(
    ({ name, pattern }) =>
      pattern.length <= LONGEST_EXPRESSION && !UNKNOWN.test(pattern) && keywordsOf(name).length > 0,
  );
  const names = [...new Set(fitting.map(({ name }) => name))].sort();
  return names.flatMap((name) => {
    const named = fitting.filter((column) => column.name === name);
    const patterns = [...new Set(named.map(({ pattern }) => pattern))];
    return patterns.map((pattern, index) => {
      const same = named.filter((column) => column.pattern === pattern);
      const levels = [...new Set(same.map(({ classification }) => classification))];
      return {
        name: index === 0 ? name : `${name}-${index + 1}`,
        description: `${levels.join(", ")}: ${[...new Set(same.map(({ dataset }) => dataset))].join(", ")}`.slice(
          0,
          512,
        ),
        regex: unanchored(pattern),
        keywords: keywordsOf(name),
      };
    });
  });
}

/** Values stand in the middle of files. */
function unanchored(pattern: string): string {
  return pattern.replace(/^\^/, "").replace(/(?<!\\)\$$/, "");
}

/** The column's name as it stands in files, and as people write it. */
function keywordsOf(name: string): string[] {
  return [...new Set([name, name.replaceAll("_", " ")])].filter(
    ({ length }) => length >= SHORTEST_KEYWORD && length <= LONGEST_KEYWORD,
  );
}
