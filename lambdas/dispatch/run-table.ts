/** Items of the run table in DynamoDB, read consistently and written on conditions. */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

type Values = Readonly<Record<string, unknown>>;

export class RunTable {
  constructor(
    private readonly client: DynamoDBClient,
    private readonly name: string,
  ) {}

  async get<Item>({ pk, sk }: Key): Promise<Item | undefined> {
    const { Item: item } = await this.client.send(
      new GetItemCommand({ TableName: this.name, Key: attributes({ pk, sk }), ConsistentRead: true }),
    );
    return item === undefined ? undefined : (unmarshall(item) as Item);
  }

  /** Items of a partition that pass a filter, page by page. */
  async *query<Item>(pk: string, filter: string): AsyncGenerator<Item[]> {
    let from: QueryCommandInput["ExclusiveStartKey"];
    do {
      const page = await this.client.send(
        new QueryCommand({
          TableName: this.name,
          KeyConditionExpression: "pk = :pk",
          FilterExpression: filter,
          ExpressionAttributeValues: attributes({ ":pk": pk }),
          ConsistentRead: true,
          ExclusiveStartKey: from,
        }),
      );
      yield (page.Items ?? []).map((item) => unmarshall(item) as Item);
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
  }

  /** @returns whether the condition held; without one, true */
  async put(item: Key, condition?: string, values: Values = {}): Promise<boolean> {
    return this.#unless(
      new PutItemCommand({
        TableName: this.name,
        Item: attributes(item),
        ConditionExpression: condition,
        ...expressionValues(values),
      }),
    );
  }

  /** @returns whether the condition held */
  async update({ pk, sk }: Key, update: string, condition: string, values: Values = {}): Promise<boolean> {
    return this.#unless(
      new UpdateItemCommand({
        TableName: this.name,
        Key: attributes({ pk, sk }),
        UpdateExpression: update,
        ConditionExpression: condition,
        // The one attribute whose name DynamoDB keeps for itself.
        ...(`${update} ${condition}`.includes("#status") ? { ExpressionAttributeNames: { "#status": "status" } } : {}),
        ...expressionValues(values),
      }),
    );
  }

  async delete({ pk, sk }: Key): Promise<void> {
    await this.client.send(new DeleteItemCommand({ TableName: this.name, Key: attributes({ pk, sk }) }));
  }

  async #unless(command: PutItemCommand | UpdateItemCommand): Promise<boolean> {
    try {
      // Both commands are sent alike; the client's overloads ask for one of them.
      await this.client.send(command as UpdateItemCommand);
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }
}

/** `{ batch: "b" }` as the value of `:batch`. */
function expressionValues(values: Values) {
  const named = Object.entries(values).map(([name, value]) => [`:${name}`, value]);
  return named.length === 0 ? {} : { ExpressionAttributeValues: attributes(Object.fromEntries(named)) };
}

function attributes(value: object) {
  return marshall(value, { removeUndefinedValues: true });
}
