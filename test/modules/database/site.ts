import type { Tier } from "../../../accounts/model/subnets";
import { Database, type DatabaseProps } from "../../../modules/database/database";
import { LoadJob } from "../../../modules/database/load-job";
import { SparkEnvironment } from "../../../modules/spark/spark-environment";
import { Artifacts } from "../../../modules/storage/artifacts";
import { Bucket } from "../../../modules/storage/bucket";
import { PLACE, roleArn, synthModule } from "../../support/module";
import type { Stack } from "../../support/stack";
import { alarmsIn, artifact, BOUNDARY, keyIn, networkIn, placesOf, roleIn } from "../fixtures";

export const NAME = "lake-prod-database";
export const DEPLOYER = roleArn("lake-prod-deploy");

/** A database with what stands beside it. @param tiers those of the network */
export const synth = (change: Partial<DatabaseProps> = {}, tiers: readonly Tier[] = ["private", "data"]): Stack =>
  synthModule((scope) => {
    const key = keyIn(scope);
    const network = networkIn(scope, { subnets: placesOf(tiers), spark: true });
    const database = new Database(scope, "database", {
      place: PLACE,
      name: NAME,
      readerName: `${NAME}-reader`,
      databaseName: "lake",
      network,
      port: 5432,
      minCapacity: 0.5,
      maxCapacity: 4,
      instances: 2,
      backupDays: 14,
      logKey: key,
      logRetentionDays: 30,
      boundaryArn: BOUNDARY,
      deployerArn: DEPLOYER,
      alarms: alarmsIn(scope),
      removable: false,
      ...change,
    });
    database.grantRead(roleIn(scope, "reader-of-tables"));
    const artifacts = new Artifacts(scope, "artifacts", { bucketName: "the-artifacts", key, removable: false });
    new LoadJob(scope, "load", {
      name: "lake-prod-load-database",
      database,
      from: new Bucket(scope, "raw", { name: "the-raw", key: keyIn(scope, "raw-key"), removable: false }),
      environment: new SparkEnvironment(scope, "spark", {
        place: PLACE,
        name: "lake-prod-spark",
        jobPrefix: "lake-prod-",
        network,
        artifacts,
        key,
        boundaryArn: BOUNDARY,
        logRetentionDays: 30,
        code: { library: artifact("library"), jars: [] },
      }),
      limits: { maxWorkers: 3, timeoutMinutes: 60, flex: false },
      script: artifact("load"),
      authorities: { ...artifact("rds-ca"), path: artifact("rds-ca").path },
    });
  });
