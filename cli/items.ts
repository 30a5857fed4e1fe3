/** Items of the lake's tables in DynamoDB, as the lake's own code has them. */
import { type AttributeValue, GetItemCommand, paginateQuery, type QueryCommandInput } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { LakeClients } from "./lake-clients";

/** A partition of a table or of one of its indexes: the attribute that names it, and which one. */
interface Partition {
  /** Last part of the table's name. */
  readonly table: string;
  readonly attribute: string;
  readonly value: string;
  /** An index, which is sorted by time. @default the table itself, in its own order */
  readonly index?: string;
  /** Whether it is read from its end. @default indexes are, tables are not */
  readonly latestFirst?: boolean;
}

/** One item, if it is there, as it was last written. @param key texts by the names of the key's attributes */
export async function itemAt<Item>(
  clients: LakeClients,
  table: string,
  key: Readonly<Record<string, string>>,
): Promise<Item | undefined> {
  const { Item } = await clients.dynamodb.send(
    new GetItemCommand({
      TableName: clients.names.of(table),
      Key: Object.fromEntries(Object.entries(key).map(([name, S]) => [name, { S }])),
      ConsistentRead: true,
    }),
  );
  return Item && toItem<Item>(Item);
}

/** The items of a partition, read page by page as they are asked for. */
export async function* itemsOf<Item>(
  clients: LakeClients,
  { table, attribute, value, index, latestFirst = index !== undefined }: Partition,
): AsyncGenerator<Item> {
  const query: QueryCommandInput = {
    TableName: clients.names.of(table),
    KeyConditionExpression: "#partition = :partition",
    ExpressionAttributeNames: { "#partition": attribute },
    ExpressionAttributeValues: { ":partition": { S: value } },
    ScanIndexForward: !latestFirst,
    ...(index === undefined ? {} : { IndexName: index }),
  };
  for await (const { Items = [] } of paginateQuery({ client: clients.dynamodb }, query)) {
    yield* Items.map(toItem<Item>);
  }
}

function toItem<Item>(attributes: Record<string, AttributeValue>): Item {
  return unmarshall(attributes) as Item;
}
