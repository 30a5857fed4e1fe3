/** As much of DynamoDB's UpdateItem as the ledger uses, with its expressions really evaluated. */
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { mockClient } from "aws-sdk-client-mock";
import { Expressions, type Item } from "../../support/dynamodb-expressions";

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
    const expressions = new Expressions(old ?? {}, input, unmarshall(input.ExpressionAttributeValues ?? {}));
    if (!expressions.condition(input.ConditionExpression ?? "")) {
      const item = old === undefined ? {} : { Item: marshall(old) as never };
      throw new ConditionalCheckFailedException({ message: "The condition failed", $metadata: {}, ...item });
    }
    this.items.set(id, { ...key, ...expressions.update(input.UpdateExpression ?? "") });
    return { Attributes: marshall(this.items.get(id)) };
  }
}
