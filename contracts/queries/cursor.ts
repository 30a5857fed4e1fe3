import { nearest } from "../nearest";
import { reservedWords, SqlSyntaxError, type Token } from "./tokens";

/** Goes through the tokens of a statement. */
export class Cursor {
  #at = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  get current(): Token {
    return this.ahead(0);
  }

  ahead(count: number): Token {
    return this.tokens[Math.min(this.#at + count, this.tokens.length - 1)] as Token;
  }

  next(): Token {
    const token = this.current;
    this.#at++;
    return token;
  }

  /** Whether the keywords or symbols come next, in this order. */
  is(...words: readonly string[]): boolean {
    return words.every((word, index) => matches(this.ahead(index), word));
  }

  isOneOf(...words: readonly string[]): boolean {
    return words.some((word) => matches(this.current, word));
  }

  /** Goes behind the words if they come next. */
  take(...words: readonly string[]): boolean {
    if (!this.is(...words)) return false;
    this.#at += words.length;
    return true;
  }

  takeOneOf(...words: readonly string[]): boolean {
    return words.some((word) => this.take(word));
  }

  /** @throws SqlSyntaxError when something else comes */
  expect(...words: readonly string[]): void {
    for (const word of words) {
      if (!this.take(word)) throw this.unexpected(word.toUpperCase());
    }
  }

  /** Whether a name comes next. */
  isName(ahead = 0): boolean {
    const token = this.ahead(ahead);
    return token.kind === "name" || (token.kind === "word" && !reservedWords.has(token.text.toLowerCase()));
  }

  /** A name in lower case. */
  name(): string {
    if (!this.isName()) throw this.unexpected("a name");
    return this.next().text.toLowerCase();
  }

  /** One or more, with commas between them. */
  list<T>(one: () => T): T[] {
    const found = [one()];
    while (this.take(",")) found.push(one());
    return found;
  }

  /** What stands in parentheses. */
  inParentheses<T>(inside: () => T): T {
    this.expect("(");
    const found = inside();
    this.expect(")");
    return found;
  }

  /** The complaint about what comes next. */
  unexpected(wanted: string): SqlSyntaxError {
    const { kind, text, offset } = this.current;
    if (kind === "end")
      return new SqlSyntaxError(`the statement ends where ${wanted} should come`, offset, "complete it");
    const slip = /^[A-Z]+$/.test(wanted) ? wanted : nearest(text, KEYWORDS);
    const isSlip = slip !== undefined && kind === "word" && nearest(text, [slip]) !== undefined;
    const reserved = wanted === "a name" && kind === "word" ? `write "${text}" in double quotes, or ` : "";
    const fix =
      isSlip && slip.toLowerCase() !== text.toLowerCase() ? `write ${slip}` : `${reserved}write ${wanted} here`;
    return new SqlSyntaxError(`\`${text}\` does not belong here`, offset, fix);
  }
}

/** What is most often mistyped. */
const KEYWORDS = ["SELECT", "FROM", "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "JOIN", "UNION", "WITH", "BETWEEN"];

function matches(token: Token, word: string): boolean {
  if (token.kind === "symbol") return token.text === word;
  return token.kind === "word" && token.text.toLowerCase() === word;
}
