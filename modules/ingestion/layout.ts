/** Where ingestion puts things in the lake beside what it brings there. */

/** Below it lie the files of attempts, in the raw zone's bucket; nothing reads them but ingestion itself. */
export const STAGING = "_staging/";

/** The same, with the objects by which Hadoop marks a folder beside it. */
export const STAGING_MARK = "_staging";

/** So long an attempt's files are of use: a window that nobody finished in this time is read again. */
export const STAGING_DAYS = 7;

/** Where machines of clusters, and jobs without servers, write their logs in the bucket of artifacts. */
export const CLUSTER_LOGS = "emr/";
export const SERVERLESS_LOGS = "emr-serverless/";
