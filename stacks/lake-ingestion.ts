import type { Construct } from "constructs";
import type { Names } from "../accounts/model/naming";
import type { LakeAccount } from "../accounts/model/schema";
import type { ZoneSettings } from "../accounts/model/zones";
import type { Source } from "../contracts";
import { Ingestion, type IngestionProps } from "../modules/ingestion/ingestion";
import { STAGING, STAGING_DAYS } from "../modules/ingestion/layout";
import { Topic } from "../modules/monitoring/topic";
import { SparkEnvironment } from "../modules/spark/spark-environment";
import type { BucketLifecycle } from "../modules/storage/lifecycle";
import type { LakeParts } from "./lake";

/** Place of the zone of what is loaded in the data's way. */
const LOADED = 1;

/** How long a zone keeps objects: in that of what is loaded, attempts at windows of databases are of use for days only. */
export function lifecycleOf({ lifecycle }: ZoneSettings, index: number, sources: readonly Source[]): BucketLifecycle {
  if (index !== LOADED || sources.length === 0) return lifecycle;
  return { ...lifecycle, passing: [{ prefix: STAGING, days: STAGING_DAYS }] };
}

/** What a lake gives to it, besides what its account says. */
type Given = Omit<IngestionProps, "nameOf" | "spark" | "notices" | "code" | "settings"> & {
  /** @default the lake has no other jobs */
  readonly spark?: SparkEnvironment;
};

/** What brings tables of databases into the second zone, if there are any. */
export function addIngestion(
  scope: Construct,
  names: Names,
  { ingestion: { minUnits, maxUnits, ...settings }, noticeEmails }: LakeAccount,
  { artifacts }: LakeParts,
  { spark, ...given }: Given,
): Ingestion | undefined {
  if (given.sources.length === 0) return undefined;
  const { shared } = given;
  return new Ingestion(scope, "ingestion", {
    ...given,
    nameOf: (part) => names.of(part),
    spark:
      spark ??
      new SparkEnvironment(scope, "spark", {
        ...shared,
        name: names.of("spark"),
        jobPrefix: names.of(""),
        code: artifacts.glue,
      }),
    notices: new Topic(scope, "notices", {
      place: names,
      name: names.of("notices"),
      key: shared.key,
      emails: noticeEmails,
    }),
    code: {
      ingest: artifacts.ingest,
      job: artifacts.glue.script("ingest"),
      authorities: artifacts.authorities,
    },
    settings: { ...settings, coreUnits: { min: minUnits, max: maxUnits } },
  });
}
