import { type AuditTable, dayByDay, oneOf } from "./audit-table";

/** Regions that every account has from the start: a trail of all regions writes below each in which something happened. */
const REGIONS = [
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-northeast-3",
  "ap-south-1",
  "ap-southeast-1",
  "ap-southeast-2",
  "ca-central-1",
  "eu-central-1",
  "eu-north-1",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "sa-east-1",
  "us-east-1",
  "us-east-2",
  "us-west-1",
  "us-west-2",
];

const ISSUER = "struct<type:string,principalid:string,arn:string,accountid:string,username:string>";
const SESSION = `struct<attributes:struct<mfaauthenticated:string,creationdate:string>,sessionissuer:${ISSUER}>`;
const IDENTITY = `struct<type:string,principalid:string,arn:string,accountid:string,invokedby:string,accesskeyid:string,username:string,sessioncontext:${SESSION}>`;
const RESOURCES = "array<struct<arn:string,accountid:string,type:string>>";

/** https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table-partition-projection.html */
export function trailTable(bucketName: string, accountIds: readonly string[]): AuditTable {
  const text = (name: string) => ({ name, type: "string" });
  const root = `s3://${bucketName}/AWSLogs/`;
  return {
    name: "trail",
    description: "Every management call of every account, and every use of its objects and functions",
    columns: [
      text("eventversion"),
      { name: "useridentity", type: IDENTITY },
      text("eventtime"),
      text("eventsource"),
      text("eventname"),
      text("awsregion"),
      text("sourceipaddress"),
      text("useragent"),
      text("errorcode"),
      text("errormessage"),
      text("requestparameters"),
      text("responseelements"),
      text("additionaleventdata"),
      text("requestid"),
      text("eventid"),
      text("readonly"),
      { name: "resources", type: RESOURCES },
      text("eventtype"),
      text("recipientaccountid"),
      text("sharedeventid"),
      text("vpcendpointid"),
      text("eventcategory"),
    ],
    partitions: [oneOf("account", accountIds), oneOf("region", REGIONS), dayByDay("day")],
    root,
    location: `${root}\${account}/CloudTrail/\${region}/\${day}`,
    inputFormat: "com.amazon.emr.cloudtrail.CloudTrailInputFormat",
    outputFormat: "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
    serde: { library: "org.apache.hive.hcatalog.data.JsonSerDe" },
  };
}
