import { isDeepStrictEqual } from "node:util";
import type { Statement } from "./statement";

const list = (values: Statement["Resource"]): readonly string[] => (values === undefined ? [] : [values].flat());

/**
 * Makes one statement of those that say the same of several resources: a policy holds so many characters only. It is
 * named by what their names have in common.
 */
export function mergeStatements(statements: readonly Statement[]): Statement[] {
  const groups: [Statement, ...Statement[]][] = [];
  for (const statement of statements) {
    const group = groups.find(([first]) => saysTheSame(first, statement));
    if (group === undefined) groups.push([statement]);
    else group.push(statement);
  }
  const taken = new Set(groups.filter(({ length }) => length === 1).map(([{ Sid }]) => Sid));
  return groups.map((group) => {
    const [first, ...others] = group;
    if (others.length === 0) return first;
    const Resource = [...new Set(group.flatMap(({ Resource }) => list(Resource)))];
    return { ...first, Sid: free(commonName(group.map(({ Sid }) => Sid)), taken), Resource };
  });
}

function saysTheSame(one: Statement, other: Statement): boolean {
  const said = ({ Sid: _, Resource: __, Action, ...rest }: Statement) => ({
    ...rest,
    Action: [Action].flat().toSorted(),
  });
  return isDeepStrictEqual(said(one), said(other));
}

/** `ReadProdZonesDrop` and `ReadProdZonesRaw` as `ReadProdZones`: whole words of what they begin with. */
function commonName(names: readonly string[]): string {
  const words = names.map((name) => name.split(/(?=[A-Z])/));
  const [first = []] = words;
  const end = first.findIndex((word, at) => words.some((other) => other[at] !== word));
  return first.slice(0, end === -1 ? first.length : end).join("");
}

/** The name, with a number where others have it already. */
function free(name: string, taken: Set<string>): string {
  let found = name === "" ? "Merged" : name;
  for (let number = 2; taken.has(found); number++) found = `${name}${number}`;
  taken.add(found);
  return found;
}
