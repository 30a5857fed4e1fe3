/** As much of DynamoDB's UpdateItem as the ledger uses, with its expressions really evaluated. */
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { mockClient } from "aws-sdk-client-mock";

type Item = Record<string, unknown>;

export class FakeDynamoDb {
  readonly items = new Map<string, Item>();
  /** Thrown by the next calls, one each; undefined lets a call pass. */
  failures: (Error | undefined)[] = [];
  /** Hears of each call before it is made, with the number of calls so far. */
  onUpdate: (calls: number) => void = () => {};
  #calls = 0;
  readonly #mock = mockClient(DynamoDBClient);

  constructor() {
    this.#mock.on(UpdateItemCommand).callsFake(async (input: UpdateItemCommandInput) => this.#update(input));
  }

  restore(): void {
    this.#mock.restore();
  }

  #update(input: UpdateItemCommandInput): { Attributes?: unknown } {
    this.onUpdate(++this.#calls);
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    const key = unmarshall(input.Key ?? {});
    const id = `${key.pk} ${key.sk}`;
    const old = this.items.get(id);
    const expressions = new Expressions(old ?? {}, input);
    if (!expressions.condition(input.ConditionExpression ?? "")) {
      const item = old === undefined ? {} : { Item: marshall(old) as never };
      throw new ConditionalCheckFailedException({ message: "The condition failed", $metadata: {}, ...item });
    }
    this.items.set(id, { ...key, ...expressions.update(input.UpdateExpression ?? "") });
    return { Attributes: marshall(this.items.get(id)) };
  }
}

/** A recursive-descent evaluator: OR, AND, parentheses, comparisons, attribute_not_exists, if_not_exists, + and REMOVE. */
class Expressions {
  readonly #names: Record<string, string>;
  readonly #values: Item;
  #tokens: string[] = [];

  constructor(
    private readonly item: Item,
    input: UpdateItemCommandInput,
  ) {
    this.#names = input.ExpressionAttributeNames ?? {};
    this.#values = unmarshall(input.ExpressionAttributeValues ?? {});
    const all = `${input.ConditionExpression} ${input.UpdateExpression}`;
    for (const name of [...Object.keys(this.#names), ...Object.keys(this.#values)]) {
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
    const [set = "", remove = ""] = text.replace(/^SET /, "").split(" REMOVE ");
    const changed = { ...this.item };
    for (const assignment of set.split(/,(?![^(]*\))/)) {
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
    if (this.#take("attribute_not_exists")) {
      this.#expect("(");
      const name = this.#name(this.#next());
      this.#expect(")");
      return this.item[name] === undefined;
    }
    const left = this.#operand();
    const operator = this.#next();
    const right = this.#operand();
    if (operator === "=") return left === right;
    if (operator === "<") return left !== undefined && (left as number) < (right as number);
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
    if (!(token in this.#values)) throw new Error(`ValidationException: ${token} is not defined`);
    return this.#values[token];
  }

  #name(token: string): string {
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

function tokensOf(text: string): string[] {
  return text.match(/[#:]?\w+|[()=<+,]/g) ?? [];
}
