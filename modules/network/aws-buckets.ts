/**
 * Buckets of AWS that Amazon Linux, EMR, Glue and ECR read from, by their whole names: a pattern would be fulfilled by
 * buckets of others as well, and what is asked of a bucket can carry data to its owner.
 *
 * EMR also offers to write: a copy of its logs for AWS (`aws157-logs-prod-<region>`) and the event logs behind its hosted
 * history server (`prod.<region>.appinfo.src`). Both would be a way out for data and are not here; clusters write their logs
 * into the lake's own bucket.
 */

/** https://docs.aws.amazon.com/emr/latest/ManagementGuide/private-subnet-iampolicy.html */
export function amazonLinuxBuckets(region: string): string[] {
  return [
    // Amazon Linux 2023: EMR 7 and later.
    `al2023-repos-${region}-de612dc2`,
    // Amazon Linux 2: EMR 5.30 to 6.15.
    `amazonlinux-2-repos-${region}`,
    `amazonlinux.${region}.amazonaws.com`,
  ];
}

/**
 * Packages of its applications, data of its nodes, and the programs behind `command-runner.jar` and `script-runner.jar`.
 * https://docs.aws.amazon.com/emr/latest/ManagementGuide/private-subnet-iampolicy.html
 * https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-commandrunner.html
 */
export function emrBuckets(region: string): string[] {
  const instanceData = region === "ap-southeast-2" ? "instance-data-bucket" : "instance-data";
  return [
    `repo.${region}.emr.amazonaws.com`,
    `aws157-${instanceData}-0-prod-${region}`,
    `aws157-${instanceData}-1-prod-${region}`,
    `${region}.elasticmapreduce`,
  ];
}

/**
 * Accounts of AWS with the transforms of Glue's visual jobs.
 * https://docs.aws.amazon.com/glue/latest/dg/getting-started-min-privs-job.html
 */
const GLUE_TRANSFORMS: Readonly<Record<string, string>> = {
  "af-south-1": "762339736633",
  "ap-east-1": "125979764932",
  "ap-northeast-1": "200493242866",
  "ap-northeast-2": "673535381443",
  "ap-northeast-3": "149976050262",
  "ap-south-1": "584702181950",
  "ap-south-2": "380279651983",
  "ap-southeast-1": "737106620487",
  "ap-southeast-2": "234881715811",
  "ap-southeast-3": "151265630221",
  "ap-southeast-4": "052235663858",
  "ca-central-1": "622716468547",
  "ca-west-1": "915795495192",
  "eu-central-1": "560373232017",
  "eu-central-2": "907358657121",
  "eu-north-1": "312557305497",
  "eu-south-1": "939684186351",
  "eu-south-2": "239737454084",
  "eu-west-1": "244479516193",
  "eu-west-2": "804222392271",
  "eu-west-3": "371299348807",
  "il-central-1": "806964611811",
  "me-central-1": "733304270342",
  "me-south-1": "112120182341",
  "sa-east-1": "881619130292",
  "us-east-1": "510798373988",
  "us-east-2": "251189692203",
  "us-west-1": "593230150239",
  "us-west-2": "818035625594",
};

/**
 * Libraries of Glue, and the transforms of visual jobs where the region has them.
 * https://docs.aws.amazon.com/glue/latest/dg/create-sagemaker-notebook-policy.html
 */
export function glueBuckets(region: string): string[] {
  const account = GLUE_TRANSFORMS[region];
  return [
    `aws-glue-jes-prod-${region}-assets`,
    ...(account === undefined ? [] : [`aws-glue-studio-transforms-${account}-prod-${region}`]),
  ];
}

/** Layers of images. https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-minimum-s3-perms */
export function imageBuckets(region: string): string[] {
  return [`prod-${region}-starport-layer-bucket`];
}
