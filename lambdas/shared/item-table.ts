/** Items of a table in DynamoDB, read consistently and written on conditions. */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

type Values = Readonly<Record<string, unknown>>;

interface Condition {
  readonly condition?: string;
  readonly values?: Values;
}

/** One part of a transaction. In expressions, `#name` is the attribute `name`, and `:name` the value of that name. */
export type Write = Condition & ({ readonly put: Key } | { readonly key: Key; readonly update: string });

/** What is queried, besides the partition. */
interface QueryOptions {
  readonly filter?: string;
  readonly values?: Values;
  /** From the last sort key to the first. */
  readonly backwards?: boolean;
  /** Items that DynamoDB looks at for a page. @default as many as fit into 1 MB */
  readonly pageSize?: number;
}

/** A transaction that met another one is tried again so often. */
const tries = 5;

export class ItemTable {
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
  async *query<Item>(
    pk: string,
    { filter, values = {}, backwards = false, pageSize }: QueryOptions = {},
  ): AsyncGenerator<Item[]> {
    let from: QueryCommandInput["ExclusiveStartKey"];
    do {
      const page = await this.client.send(
        new QueryCommand({
          TableName: this.name,
          KeyConditionExpression: "pk = :pk",
          FilterExpression: filter,
          ...expressionNames(filter),
          ...expressionValues({ pk, ...values }),
          ConsistentRead: true,
          ScanIndexForward: !backwards,
          Limit: pageSize,
          ExclusiveStartKey: from,
        }),
      );
      yield (page.Items ?? []).map((item) => unmarshall(item) as Item);
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
  }

  /** @returns whether the condition held; without one, true */
  async put(item: Key, condition?: string, values: Values = {}): Promise<boolean> {
    return this.#unless(new PutItemCommand({ TableName: this.name, ...putOf({ put: item, condition, values }) }));
  }

  /** @returns whether the condition held */
  async update(key: Key, update: string, condition: string, values: Values = {}): Promise<boolean> {
    return this.#unless(
      new UpdateItemCommand({ TableName: this.name, ...updateOf({ key, update, condition, values }) }),
    );
  }

  /** All of the writes, or none of them. @returns whether all conditions held */
  async transact(writes: readonly Write[]): Promise<boolean> {
    const TableName = this.name;
    const TransactItems = writes.map(
      (write): TransactWriteItem =>
        "put" in write ? { Put: { TableName, ...putOf(write) } } : { Update: { TableName, ...updateOf(write) } },
    );
    for (let left = tries; ; left--) {
      try {
        await this.client.send(new TransactWriteItemsCommand({ TransactItems }));
        return true;
      } catch (error) {
        if (!(error instanceof TransactionCanceledException)) throw error;
        const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code);
        if (codes.includes("ConditionalCheckFailed")) return false;
        // Somebody wrote one of the items at the same moment: that says nothing of the conditions.
        if (!codes.includes("TransactionConflict") || left === 1) throw error;
      }
    }
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

function putOf({ put, condition, values = {} }: Condition & { readonly put: Key }) {
  return {
    Item: attributes(put),
    ConditionExpression: condition,
    ...expressionNames(condition),
    ...expressionValues(values),
  };
}

function updateOf({ key, update, condition, values = {} }: Condition & { readonly key: Key; readonly update: string }) {
  return {
    Key: attributes({ pk: key.pk, sk: key.sk }),
    UpdateExpression: update,
    ConditionExpression: condition,
    ...expressionNames(update, condition),
    ...expressionValues(values),
  };
}

/** `{ "#status": "status" }` for `#status`: DynamoDB keeps some names for itself. */
function expressionNames(...expressions: readonly (string | undefined)[]) {
  const named = expressions.flatMap((text) => text?.match(/#\w+/g) ?? []).map((name) => [name, name.slice(1)]);
  return named.length === 0 ? {} : { ExpressionAttributeNames: Object.fromEntries(named) as Record<string, string> };
}

/** `{ batch: "b" }` as the value of `:batch`. */
function expressionValues(values: Values) {
  const named = Object.entries(values).map(([name, value]) => [`:${name}`, value]);
  return named.length === 0 ? {} : { ExpressionAttributeValues: attributes(Object.fromEntries(named)) };
}

function attributes(value: object) {
  return marshall(value, { removeUndefinedValues: true });
}
