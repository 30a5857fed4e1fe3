/** The members of JSON objects as they are written, which {@link JSON.parse} does not tell: numbers lose digits there. */

const quote = 0x22;
const comma = 0x2c;
const openingBracket = 0x5b;
const backslash = 0x5c;
const closingBracket = 0x5d;
const openingBrace = 0x7b;
const closingBrace = 0x7d;

/**
 * Tells name and value of each member, both as they are written. The text must be valid JSON, and an object: then each
 * quote, bracket and comma outside of texts is what it seems to be, and there is nothing to check.
 */
export function eachMember(json: string, take: (name: string, value: string) => void): void {
  for (let begin = json.indexOf('"'); begin >= 0; ) {
    const nameEnd = textEnd(json, begin);
    const valueBegin = skipBlanks(json, json.indexOf(":", nameEnd) + 1);
    const valueEnd = endOfValue(json, valueBegin);
    take(json.slice(begin, nameEnd), json.slice(valueBegin, valueEnd));
    begin = json.indexOf('"', valueEnd);
  }
}

function skipBlanks(json: string, at: number): number {
  while (json.charCodeAt(at) <= 0x20) at++;
  return at;
}

/** Behind the text whose opening quote is at `begin`. */
function textEnd(json: string, begin: number): number {
  let end = json.indexOf('"', begin + 1);
  while (isEscaped(json, end)) end = json.indexOf('"', end + 1);
  return end + 1;
}

/** After an odd number of backslashes. */
function isEscaped(json: string, at: number): boolean {
  let before = at;
  while (json.charCodeAt(before - 1) === backslash) before--;
  return (at - before) % 2 === 1;
}

function endOfValue(json: string, begin: number): number {
  const first = json[begin];
  if (first === '"') return textEnd(json, begin);
  if (first === "{" || first === "[") return nestedEnd(json, begin);
  // Numbers and words end where a blank, a comma or a bracket stands.
  for (let at = begin; ; at++) {
    const character = json.charCodeAt(at);
    if (character <= 0x20 || character === comma || character === closingBrace) return at;
  }
}

function nestedEnd(json: string, begin: number): number {
  let depth = 0;
  for (let at = begin; ; at++) {
    const character = json.charCodeAt(at);
    if (character === quote) at = textEnd(json, at) - 1;
    else if (character === openingBrace || character === openingBracket) depth++;
    else if ((character === closingBrace || character === closingBracket) && --depth === 0) return at + 1;
  }
}
