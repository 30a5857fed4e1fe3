/** Where ingestion puts things in the lake, and what its parts are called behind the account's prefix. */
import type { Source } from "../../contracts";

/** Below it lie the files of attempts, in the raw zone's bucket; nothing reads them but ingestion itself. */
export const STAGING = "_staging/";

/** Below it attempts of a source stage their files. */
export const stagingOf = ({ id }: Pick<Source, "id">) => `${STAGING}${id}/`;

/** So long an attempt's files are of use: a window that nobody finished in this time is read again. */
export const STAGING_DAYS = 7;

/** Where machines of clusters, and jobs without servers, write their logs in the bucket of artifacts. */
export const CLUSTER_LOGS = "emr/";
export const SERVERLESS_LOGS = "emr-serverless/";
