/** What a deployment writes down of sources. */
import { Token } from "cdktf";
import { managedHost, type Source, type SourceDefinition, type SourceTable } from "../../contracts/sources/source";
import type { Role } from "../identity/role";

/** The account's own database, as sources reach it. The values may be known only after it was made. */
export interface ManagedDatabase {
  readonly host: string;
  readonly port: number;
  /** ARN of the secret of the user who reads. */
  readonly readerSecretArn: string;
  /** The role may read that secret. */
  grantRead(role: Role): void;
}

/** A source and its tables, each as the JSON of its item. */
export interface Definition {
  readonly id: string;
  readonly source: string;
  /** By the names of the tables. */
  readonly tables: ReadonlyMap<string, string>;
}

/** The source with host, port and secret of the account's own database, where it is on that. */
export function resolved(source: Source, managed: ManagedDatabase | undefined): Source {
  const { connection } = source;
  if (connection.host !== managedHost) return source;
  if (!managed) throw new Error(`${source.id} reads the account's own database, and there is none`);
  const { host, port, readerSecretArn } = managed;
  return { ...source, connection: { ...connection, host, port, secret: `secretsmanager:${readerSecretArn}` } };
}

/** @param source with its host resolved */
export function definitionOf({ tables, ...source }: Source): Definition {
  return {
    id: source.id,
    source: json(source),
    tables: new Map(tables.map((table) => [table.name, json(table)])),
  };
}

/** Stands for a port that is not known yet, as no text can. */
const PORT = "%port%";

/** JSON in which Terraform takes nothing for its own but the values that it knows itself. */
function json(value: SourceDefinition | SourceTable): string {
  const port = "connection" in value ? value.connection.port : undefined;
  const unknown = port !== undefined && Token.isUnresolved(port);
  const given = unknown ? withPort(value as SourceDefinition, PORT) : value;
  const text = JSON.stringify(given, (_, part: unknown) => (typeof part === "string" ? escaped(part) : part));
  return unknown ? text.replace(`"${PORT}"`, Token.asString(port)) : text;
}

function withPort(source: SourceDefinition, port: string): object {
  return { ...source, connection: { ...source.connection, port } };
}

/** Text of people: what Terraform would take for a reference or a directive stands for itself. References stay what they are. */
export function escaped(text: string): string {
  return Token.isUnresolved(text) ? text : text.replace(/[$%](?=\{)/g, "$&$&");
}
