/** Expressions of DynamoDB, really evaluated: as much of them as the functions use. */

export type Item = Record<string, unknown>;

/** The parts of a request that expressions can stand in or speak of. */
interface Request {
  readonly ConditionExpression?: string;
  readonly FilterExpression?: string;
  readonly KeyConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
}

/** A recursive-descent evaluator: OR, AND, parentheses, comparisons, attribute_exists, if_not_exists, + and REMOVE. */
export class Expressions {
  readonly #names: Record<string, string>;
  #tokens: string[] = [];

  constructor(
    private readonly item: Item,
    request: Request,
    private readonly values: Item,
  ) {
    this.#names = request.ExpressionAttributeNames ?? {};
    const { ConditionExpression, FilterExpression, KeyConditionExpression, UpdateExpression } = request;
    const all = `${ConditionExpression} ${FilterExpression} ${KeyConditionExpression} ${UpdateExpression}`;
    for (const name of [...Object.keys(this.#names), ...Object.keys(values)]) {
      // As the real one does: a name or value that nothing uses is an error.
      if (!new RegExp(`${name}\\b`).test(all)) throw new Error(`ValidationException: ${name} is not used`);
    }
  }

  condition(text: string): boolean {
    this.#tokens = tokensOf(text);
    const result = this.#or();
    if (this.#tokens.length > 0) throw new Error(`ValidationException: ${this.#tokens.join(" ")}`);
    return result;
  }

  update(text: string): Item {
    const [, set = "", remove = ""] = /^(?:SET (.*?))?(?: ?\bREMOVE (.*))?$/s.exec(text) ?? [];
    const changed = { ...this.item };
    for (const assignment of set === "" ? [] : set.split(/,(?![^(]*\))/)) {
      const [name = "", value = ""] = assignment.split(" = ");
      this.#tokens = tokensOf(value);
      changed[this.#name(name.trim())] = this.#sum();
    }
    for (const name of remove.split(",").filter((part) => part.trim() !== "")) delete changed[this.#name(name.trim())];
    return changed;
  }

  #or(): boolean {
    let result = this.#and();
    while (this.#take("OR")) result = this.#and() || result;
    return result;
  }

  #and(): boolean {
    let result = this.#comparison();
    while (this.#take("AND")) result = this.#comparison() && result;
    return result;
  }

  #comparison(): boolean {
    if (this.#take("(")) {
      const result = this.#or();
      this.#expect(")");
      return result;
    }
    for (const exists of [true, false]) {
      if (!this.#take(exists ? "attribute_exists" : "attribute_not_exists")) continue;
      this.#expect("(");
      const name = this.#name(this.#next());
      this.#expect(")");
      return (this.item[name] !== undefined) === exists;
    }
    const left = this.#operand();
    const operator = this.#next();
    return this.#compare(left, operator, this.#operand());
  }

  /** An attribute that is not there is equal to nothing, and neither less nor greater than anything. */
  #compare(left: unknown, operator: string, right: unknown): boolean {
    if (operator === "<>") return left !== right;
    if (left === undefined) return false;
    if (operator === "=") return left === right;
    if (operator === "<") return (left as number) < (right as number);
    if (operator === "<=") return (left as number) <= (right as number);
    throw new Error(`ValidationException: ${operator}`);
  }

  #sum(): unknown {
    let result = this.#operand();
    while (this.#take("+")) result = (result as number) + (this.#operand() as number);
    return result;
  }

  #operand(): unknown {
    if (this.#take("if_not_exists")) {
      this.#expect("(");
      const name = this.#name(this.#next());
      this.#expect(",");
      const otherwise = this.#operand();
      this.#expect(")");
      return this.item[name] ?? otherwise;
    }
    const token = this.#next();
    if (!token.startsWith(":")) return this.item[this.#name(token)];
    if (!(token in this.values)) throw new Error(`ValidationException: ${token} is not defined`);
    return this.values[token];
  }

  #name(token: string): string {
    if (reserved.has(token)) throw new Error(`ValidationException: ${token} is a reserved word`);
    if (!token.startsWith("#")) return token;
    const name = this.#names[token];
    if (name === undefined) throw new Error(`ValidationException: ${token} is not defined`);
    return name;
  }

  #take(token: string): boolean {
    if (this.#tokens[0] !== token) return false;
    this.#tokens.shift();
    return true;
  }

  #expect(token: string): void {
    if (!this.#take(token)) throw new Error(`ValidationException: ${token} expected at ${this.#tokens.join(" ")}`);
  }

  #next(): string {
    return this.#tokens.shift() ?? "";
  }
}

/** Of DynamoDB's reserved words, those that are names of our attributes. */
const reserved = new Set(["status", "rows"]);

function tokensOf(text: string): string[] {
  return text.match(/[#:]?\w+|<=|<>|[()=<+,]/g) ?? [];
}
