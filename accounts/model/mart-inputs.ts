import { clearDatabase, type Pipeline, refinedDatabase } from "../../contracts";
import type { Problem } from "../../contracts/problems";
import { hasLayer } from "./layers";
import type { Accounts } from "./load";
import { Names } from "./naming";

/** Characters of all policies within a role: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const LARGEST_POLICY = 10_240;
/** What the role of a mart's job may do besides reading inputs, with room for the ids of resources. */
const BESIDE_INPUTS = 6800;
/** How often a mart's own id stands there, and in what is called after it. */
const OWN_NAMES = 16;
const USUAL_ID = 20;

/** Marts with more inputs than the policy of their job's role has room for: one problem a mart. */
export function martInputProblems(
  { organization, lakes }: Pick<Accounts, "organization" | "lakes">,
  pipelines: readonly Pipeline[],
): Problem[] {
  const accounts = lakes.filter((account) => hasLayer(account, "curate"));
  return pipelines.flatMap(({ id, domain, name, inputs, clear }) => {
    const room = LARGEST_POLICY - BESIDE_INPUTS - OWN_NAMES * Math.max(0, id.length - USUAL_ID);
    const fitting = accounts.map((account) => {
      const bucket = new Names(organization, account).bucket(account.zones[2]?.name ?? "");
      const sizes = inputs.map((input) => sizeOf(input, clear.includes(input), bucket, account.region));
      return sizes.filter((_, index) => sum(sizes.slice(0, index + 1)) <= room).length;
    });
    const most = Math.min(inputs.length, ...fitting);
    if (most === inputs.length) return [];
    return [
      {
        file: `domains/${domain}/pipelines/${name}/config.yml`,
        path: "inputs",
        value: inputs.length,
        message: `are more than the policy of the job's role has room for, which is ${most}`,
        fix: `read ${most} datasets or fewer: split the mart, and join what comes of it in a query`,
      },
    ];
  });
}

/** Characters by which an input makes the policy longer: its files are listed and read, its table is looked up. */
function sizeOf(input: string, isClear: boolean, bucket: string, region: string): number {
  const [domain = "", table = ""] = input.split("/");
  const prefix = `${isClear ? "clear" : "masked"}/${input}/*`;
  const database = isClear ? clearDatabase(domain) : refinedDatabase(domain);
  const resources = [
    prefix,
    `arn:aws:s3:::${bucket}/${prefix}`,
    `arn:aws:glue:${region}:000000000000:table/${database}/${table}`,
  ];
  return sum(resources.map((text) => `"${text}",`.length));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
