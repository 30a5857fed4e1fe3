import type { Construct } from "constructs";
import { LANDING_NAMES } from "../accounts/model/landing";
import type { Names } from "../accounts/model/naming";
import type { LakeAccount } from "../accounts/model/schema";
import { landing, landingPrefix } from "../contracts";
import type { Catalog, CatalogProps } from "../modules/catalog/catalog";
import { LandingCrawler, type LandingCrawlerProps } from "../modules/catalog/landing-crawler";
import type { LakeUsersProps } from "../modules/identity/lake-users";
import { Analytics, type AnalyticsProps } from "../modules/query/analytics";
import type { SparkEnvironment } from "../modules/spark/spark-environment";

type LandingParts = Pick<LandingCrawlerProps, "zone" | "alarms" | "catalogKey"> &
  Pick<AnalyticsProps, "accessLogBucket" | "removable"> & { readonly catalog: Catalog };

/** The database of files that no contract declares, if the account has one. Its tables are the crawler's, not the stack's. */
export function landingDatabases({ landing: setting }: LakeAccount): CatalogProps["databases"] {
  if (setting === false) return new Map();
  return new Map([
    [landing, { description: "Files that no contract declares, as a crawler has found them", tables: [] }],
  ]);
}

/** What makes tables of such files, and a place of its own to ask about them: nobody has said who may see the answers. */
export function addLanding(
  scope: Construct,
  names: Names,
  { landing: setting, queries: { scanLimitGb, keepResultsDays } }: LakeAccount,
  environment: SparkEnvironment,
  { zone, catalog, alarms, ...shared }: LandingParts,
): LakeUsersProps["landing"] {
  if (setting === false) return undefined;
  return {
    crawler: new LandingCrawler(scope, "landing", {
      environment,
      name: names.of(LANDING_NAMES.crawler),
      zone,
      prefix: landingPrefix,
      database: { name: landing, reference: catalog.referenceTo(landing) },
      catalogKey: shared.catalogKey,
      schedule: setting.schedule,
      alarms,
    }),
    analytics: new Analytics(scope, "landing-analytics", {
      ...shared,
      place: names,
      workgroupName: names.of(landing),
      resultsBucketName: names.bucket(LANDING_NAMES.results),
      keyAlias: names.of(LANDING_NAMES.results),
      keepResultsDays,
      scanLimitGb,
      // Nobody has said how sensitive such files are: they may be the most.
      sources: [
        {
          bucket: zone.bucket,
          prefixes: [landingPrefix],
          databases: landing,
          guarded: { databases: landing, least: "secret" },
        },
      ],
      queries: [],
    }),
  };
}
