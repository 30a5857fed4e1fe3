import { GetItemCommand, paginateQuery } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { LakeClients } from "./lake-clients";

/** Key of an item: all tables of the lake have keys of these two parts. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** One item of a table, as it is now. @param table last part of the table's name */
export async function itemAt<Item>(
  clients: LakeClients,
  table: string,
  { pk, sk }: ItemKey,
): Promise<Item | undefined> {
  const { Item } = await clients.dynamodb.send(
    new GetItemCommand({
      TableName: clients.names.of(table),
      Key: { pk: { S: pk }, sk: { S: sk } },
      ConsistentRead: true,
    }),
  );
  return Item === undefined ? undefined : (unmarshall(Item) as Item);
}

/** The items of a partition in the order of their sort keys. @param table last part of the table's name */
export async function* itemsOf<Item>(
  clients: LakeClients,
  table: string,
  partition: string,
  { latestFirst = false } = {},
): AsyncGenerator<Item> {
  const pages = paginateQuery(
    { client: clients.dynamodb },
    {
      TableName: clients.names.of(table),
      KeyConditionExpression: "pk = :partition",
      ExpressionAttributeValues: { ":partition": { S: partition } },
      ScanIndexForward: !latestFirst,
    },
  );
  for await (const { Items = [] } of pages) yield* Items.map((item) => unmarshall(item) as Item);
}
