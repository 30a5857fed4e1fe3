/** What jobs of all computes are told and may do. */
import { classifications, type Source } from "../../contracts";
import type { Role } from "../identity/role";
import { arnIn, type Place } from "../place";
import type { Bucket } from "../storage/bucket";
import type { JobFiles } from "./compute";
import type { ManagedDatabase } from "./definitions";
import { STAGING_MARK } from "./layout";
import type { IngestionTable } from "./table";

/** Where jobs work, and on what. */
export interface JobWorld {
  readonly place: Place;
  readonly table: IngestionTable;
  /** Bucket of the zone into which tables are brought. */
  readonly raw: Bucket;
  readonly files: JobFiles;
  /** The account's own database. @default there is none */
  readonly managed?: ManagedDatabase;
}

/** What every job is told besides the arguments of its claim. */
export function constantsOf({ table, raw }: JobWorld): Readonly<Record<string, string>> {
  return { ingestion_table: table.tableName, raw_bucket: raw.name };
}

/**
 * The one grant of all computes: a role's jobs read the definitions of these sources and the passwords of their databases,
 * work on the windows of their tables, and write into their datasets. They delete what is staged, and nothing else.
 */
export function grantJobs(role: Role, { place, table, raw, managed }: JobWorld, sources: readonly Source[]): void {
  table.grantIngest(role, sources);
  const datasets = [...new Set(sources.flatMap(({ tables }) => tables.map(({ dataset }) => `${dataset}/`)))].sort();
  raw.grantReadEach(role, "ingested", [STAGING_MARK, ...datasets]);
  // Spark's own files are staged without a tag, and those that are published may be larger than one request can copy.
  const ingested = { label: "ingested", prefixes: [STAGING_MARK, ...datasets], levels: classifications, inParts: true };
  raw.grantWriteTagged(role, ingested);
  raw.grantDeleteEach(role, "staged", [STAGING_MARK]);
  role.allow({
    // S3 answers "forbidden" for a key that is not there to who may not list without a prefix; Spark and the job ask for
    // such keys before they write. It shows names of objects, which tell a dataset and a day.
    Sid: "MissWhatIsNotThere",
    Action: "s3:ListBucket",
    Resource: raw.arn,
    Condition: { Null: { "s3:prefix": "true" } },
  });
  const own = `secretsmanager:${managed?.readerSecretArn}`;
  const secrets = sources.map(({ connection }) => connection.secret ?? "");
  if (secrets.includes(own)) managed?.grantRead(role);
  grantSecrets(
    role,
    place,
    secrets.filter((secret) => secret !== own),
  );
}

/** Secrets Manager ends the ARN of a secret with six characters of its own. */
const SECRET_END = "-??????";

/** Secrets with a key of their own open only as far as that key's policy lets the role. */
function grantSecrets(role: Role, place: Place, references: readonly string[]): void {
  const named = (service: string) =>
    [...new Set(references)]
      .filter((reference) => reference.startsWith(`${service}:`))
      .map((reference) => reference.slice(service.length + 1));
  const secrets = named("secretsmanager").map((name) =>
    name.startsWith("arn:") || name.startsWith("${")
      ? name
      : arnIn(place, "secretsmanager", `secret:${name}${SECRET_END}`),
  );
  const parameters = named("ssm").map((name) => arnIn(place, "ssm", `parameter/${name.replace(/^\//, "")}`));
  const read = (service: string, label: string, action: string, resources: readonly string[], context: string) => {
    if (resources.length === 0) return;
    role.allow(
      { Sid: `Read${label}`, Action: action, Resource: resources },
      {
        Sid: `Open${label}`,
        Action: "kms:Decrypt",
        Resource: arnIn(place, "kms", "key/*"),
        Condition: {
          StringEquals: { "kms:ViaService": `${service}.${place.region}.amazonaws.com` },
          StringLike: { [`kms:EncryptionContext:${context}`]: resources },
        },
      },
    );
  };
  read("secretsmanager", "Secrets", "secretsmanager:GetSecretValue", secrets, "SecretARN");
  read("ssm", "Parameters", "ssm:GetParameter", parameters, "PARAMETER_ARN");
}
