import { type AuditTable, dayByDay, oneOf } from "./audit-table";

/** A bucket whose use is logged. */
export interface LoggedBucket {
  readonly accountId: string;
  readonly region: string;
  readonly name: string;
}

const WORD = "([^ ]*)";
const QUOTED = '("[^"]*"|-)';
const TIME = "\\[(.*?)\\]";
const STATUS = "(-|[0-9]*)";

/** Fields of a log line and how each is written; those after the version came later and are missing in old lines. */
const FIELDS: readonly (readonly [name: string, pattern: string])[] = [
  ["bucket_owner", WORD],
  ["bucket_name", WORD],
  ["request_time", TIME],
  ["remote_ip", WORD],
  ["requester", WORD],
  ["request_id", WORD],
  ["operation", WORD],
  ["object_key", WORD],
  ["request_uri", QUOTED],
  ["http_status", STATUS],
  ["error_code", WORD],
  ["bytes_sent", WORD],
  ["object_size", WORD],
  ["total_time", WORD],
  ["turnaround_time", WORD],
  ["referrer", QUOTED],
  ["user_agent", QUOTED],
  ["version_id", WORD],
];
const LATER = [
  "host_id",
  "signature_version",
  "cipher_suite",
  "authentication_type",
  "host_header",
  "tls_version",
  "access_point_arn",
  "acl_required",
];

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html */
export const ACCESS_LOG_LINE = `${FIELDS.map(([, pattern]) => pattern).join(" ")}${LATER.map(() => `(?: ${WORD})?`).join("")}.*$`;

export function accessTable(bucketName: string, buckets: readonly LoggedBucket[]): AuditTable {
  const root = `s3://${bucketName}/`;
  return {
    name: "access",
    description:
      "Every request to every bucket, as S3 itself logs it; late by hours and without a promise to be complete",
    columns: [...FIELDS.map(([name]) => name), ...LATER].map((name) => ({ name, type: "string" })),
    partitions: [
      oneOf(
        "account",
        buckets.map(({ accountId }) => accountId),
      ),
      oneOf(
        "region",
        buckets.map(({ region }) => region),
      ),
      oneOf(
        "bucket",
        buckets.map(({ name }) => name),
      ),
      dayByDay("day"),
    ],
    root,
    location: `${root}\${account}/\${region}/\${bucket}/\${day}`,
    inputFormat: "org.apache.hadoop.mapred.TextInputFormat",
    outputFormat: "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
    serde: {
      library: "org.apache.hadoop.hive.serde2.RegexSerDe",
      parameters: { "input.regex": ACCESS_LOG_LINE },
    },
  };
}
