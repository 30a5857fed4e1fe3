import type { Construct } from "constructs";
import type { Names } from "../accounts/model/naming";
import type { LakeAccount } from "../accounts/model/schema";
import { Database, type DatabaseProps } from "../modules/database/database";
import { LoadJob } from "../modules/database/load-job";
import type { FunctionEnvironment } from "../modules/functions/node-function";
import type { Pipelines } from "../modules/pipelines/pipelines";
import type { Zone } from "../modules/storage/zone";
import type { LakeParts } from "./lake";

/** What a lake's own database stands beside. */
interface DatabaseSurroundings extends Pick<DatabaseProps, "alarms" | "deployerArn" | "removable"> {
  readonly names: Names;
  readonly shared: FunctionEnvironment;
  /** Zone with what the database can be filled with. */
  readonly from: Zone;
  /** Jobs, among which is the one that fills it. */
  readonly pipelines?: Pipelines;
}

/** The account's own database and the job that fills it, if the account asks for them. */
export function addDatabase(
  scope: Construct,
  { database: settings, network, pipelines: { maxWorkers, timeoutMinutes }, logRetentionDays }: LakeAccount,
  { artifacts }: Pick<LakeParts, "artifacts">,
  { names, shared, from, pipelines, ...others }: DatabaseSurroundings,
): Database | undefined {
  if (settings === false || network === false || shared.network === undefined) return undefined;
  const { name: databaseName, ...size } = settings;
  const database = new Database(scope, "database", {
    ...others,
    ...size,
    place: names,
    name: names.database,
    readerName: names.databaseReader,
    databaseName,
    network: shared.network,
    port: network.databasePort,
    logKey: shared.key,
    logRetentionDays,
    boundaryArn: shared.boundaryArn,
  });
  if (pipelines === undefined) return database;
  new LoadJob(scope, "load-database", {
    database,
    from: from.bucket,
    environment: pipelines.spark,
    name: names.of("load-database"),
    limits: { maxWorkers, timeoutMinutes, flex: false },
    script: artifacts.glue.script("load_database"),
    authorities: artifacts.authorities,
  });
  return database;
}
