/** As much of DynamoDB, S3 and Step Functions as dispatch uses, in memory, behind the clients' own `send`. */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type ExecutionStatus,
  type SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { Expressions, type Item } from "../../support/dynamodb-expressions";

type Attributes = Parameters<typeof unmarshall>[0];

export interface FakeExecution {
  readonly name: string;
  readonly input: Record<string, unknown>;
  status: ExecutionStatus;
  error?: string;
  cause?: string;
}

export interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly stepFunctions: SFNClient;
}

/** As much of a request as conditions need. */
type Conditional = ConstructorParameters<typeof Expressions>[1] & { readonly ExpressionAttributeValues?: unknown };

/** How many items a page of a query has: little, so that paging is always seen. */
const page = 3;

export class FakeAws {
  /** `pk sk` -> item. */
  readonly items = new Map<string, Item>();
  /** `bucket/key` -> text. */
  readonly objects = new Map<string, string>();
  readonly executions = new Map<string, FakeExecution>();
  /** Heard before each request takes effect; may throw, or wait. */
  before: (request: string) => Promise<void> | void = () => {};
  /** Heard after each request took effect; may throw, as when an answer is lost. */
  after: (request: string) => Promise<void> | void = () => {};

  /** Clients of all three. @param around what happens around each request, e.g. a crash @default nothing */
  clients(around: (command: object, send: () => Promise<unknown>) => Promise<unknown> = (_, send) => send()): Clients {
    const client = { send: (command: object) => around(command, () => this.send(command)) };
    const as = <Client>() => client as unknown as Client;
    return { dynamodb: as<DynamoDBClient>(), s3: as<S3Client>(), stepFunctions: as<SFNClient>() };
  }

  async send(command: object): Promise<unknown> {
    const name = command.constructor.name.replace(/Command$/, "");
    await this.before(name);
    const answer = this.#answer(command);
    await this.after(name);
    return answer;
  }

  #answer(command: object): unknown {
    if (command instanceof GetItemCommand) {
      const found = this.items.get(idOf(command.input.Key));
      return found === undefined ? {} : { Item: marshall(found) };
    }
    if (command instanceof PutItemCommand) {
      const { Item = {} } = command.input;
      const item = unmarshall(Item as Attributes);
      this.#check(idOf(Item), command.input);
      this.items.set(idOf(Item), item);
      return {};
    }
    if (command instanceof UpdateItemCommand) {
      const id = idOf(command.input.Key);
      const expressions = this.#check(id, command.input);
      const key = unmarshall(command.input.Key as Attributes);
      this.items.set(id, { ...key, ...expressions.update(command.input.UpdateExpression ?? "") });
      return {};
    }
    if (command instanceof TransactWriteItemsCommand) return this.#transact(command);
    if (command instanceof DeleteItemCommand) {
      this.items.delete(idOf(command.input.Key));
      return {};
    }
    if (command instanceof QueryCommand) return this.#query(command.input);
    if (command instanceof PutObjectCommand) {
      this.objects.set(`${command.input.Bucket}/${command.input.Key}`, String(command.input.Body));
      return {};
    }
    if (command instanceof GetObjectCommand) {
      const text = this.objects.get(`${command.input.Bucket}/${command.input.Key}`);
      if (text === undefined) throw Object.assign(new Error("The key does not exist."), { name: "NoSuchKey" });
      return { Body: { transformToString: async () => text } };
    }
    if (command instanceof StartExecutionCommand) return this.#start(command);
    if (command instanceof DescribeExecutionCommand) {
      const execution = this.executions.get(command.input.executionArn?.split(":").at(-1) ?? "");
      if (execution === undefined) throw new ExecutionDoesNotExist({ message: "no such execution", $metadata: {} });
      return { ...execution, input: JSON.stringify(execution.input) };
    }
    throw new Error(`${command.constructor.name} is not known here`);
  }

  /** All or nothing: what was changed before a part whose condition fails is put back. */
  #transact({ input: { TransactItems = [] } }: TransactWriteItemsCommand): unknown {
    const ids = TransactItems.map(({ Put, Update, Delete, ConditionCheck }) =>
      idOf(Put?.Item ?? (Update ?? Delete ?? ConditionCheck)?.Key),
    );
    if (new Set(ids).size < ids.length) throw new Error("ValidationException: one item twice in a transaction");
    const before = new Map(this.items);
    const reasons = TransactItems.map(({ Put, Update, Delete, ConditionCheck }) => {
      try {
        if (Put) this.#answer(new PutItemCommand(Put));
        if (Update) this.#answer(new UpdateItemCommand(Update));
        for (const part of [Delete, ConditionCheck]) if (part) this.#check(idOf(part.Key), part);
        if (Delete) this.items.delete(idOf(Delete.Key));
        return { Code: "None" };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        return { Code: "ConditionalCheckFailed" };
      }
    });
    if (reasons.every(({ Code }) => Code === "None")) return {};
    this.items.clear();
    for (const [id, item] of before) this.items.set(id, item);
    const message = "Transaction cancelled";
    throw new TransactionCanceledException({ message, CancellationReasons: reasons, $metadata: {} });
  }

  #check(id: string, input: Conditional): Expressions {
    const old = this.items.get(id);
    const expressions = new Expressions(old ?? {}, input, valuesOf(input));
    if (input.ConditionExpression !== undefined && !expressions.condition(input.ConditionExpression)) {
      throw new ConditionalCheckFailedException({ message: "The condition failed", $metadata: {} });
    }
    return expressions;
  }

  #query(input: QueryCommandInput): unknown {
    const { ExclusiveStartKey: from, Limit: size = page, ScanIndexForward: isForward = true } = input;
    const order = isForward ? 1 : -1;
    const isBehind = (id: string) => from === undefined || (id < idOf(from) ? -order : order) > 0;
    if (input.IndexName !== undefined) return this.#queryIndex(input);
    const matching = [...this.items]
      .filter(([, item]) => new Expressions(item, input, valuesOf(input)).condition(input.KeyConditionExpression ?? ""))
      .sort(([a], [b]) => (a < b ? -order : order))
      .filter(([id]) => isBehind(id) && (from === undefined || id !== idOf(from)));
    const seen = matching.slice(0, size);
    const last = seen.at(-1)?.[1];
    return {
      Items: seen
        .filter(([, item]) => {
          const { FilterExpression: filter } = input;
          return filter === undefined || new Expressions(item, input, valuesOf(input)).condition(filter);
        })
        .map(([, item]) => marshall(item)),
      ...(matching.length > size && last !== undefined
        ? { LastEvaluatedKey: marshall({ pk: last.pk, sk: last.sk }) }
        : {}),
    };
  }

  /** The index by layer, the latest first. */
  #queryIndex(input: QueryCommandInput): unknown {
    const expressions = (item: Item) => new Expressions(item, input, valuesOf(input));
    const found = [...this.items.values()].filter((item) =>
      expressions(item).condition(input.KeyConditionExpression ?? ""),
    );
    const time = ({ updated_at }: Item) => String(updated_at);
    found.sort((a, b) => (time(a) < time(b) ? 1 : -1));
    return { Items: found.map((item) => marshall(item)) };
  }

  #start({ input }: StartExecutionCommand): unknown {
    const { name = "" } = input;
    const known = this.executions.get(name);
    const asked = JSON.parse(input.input ?? "{}") as Record<string, unknown>;
    const isSame = known?.status === "RUNNING" && JSON.stringify(known.input) === JSON.stringify(asked);
    if (known !== undefined && !isSame) throw new ExecutionAlreadyExists({ message: name, $metadata: {} });
    if (known === undefined) this.executions.set(name, { name, input: asked, status: "RUNNING" });
    return {};
  }
}

function idOf(key: unknown): string {
  const { pk, sk } = unmarshall(key as Attributes);
  return `${pk} ${sk}`;
}

function valuesOf({ ExpressionAttributeValues: values }: { ExpressionAttributeValues?: unknown }): Item {
  return values === undefined ? {} : unmarshall(values as Attributes);
}
