import { type Contracts, dashed, domainsOf, type Pipeline } from "../../contracts";
import type { Problem } from "../../contracts/problems";
import type { Layer } from "../../contracts/runs";
import { hasLayer } from "./layers";
import type { Accounts } from "./load";
import { Names } from "./naming";

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const LONGEST_ROLE_NAME = 64;

/** A folder that gives a job and its role their name. */
interface Named {
  readonly folder: string;
  readonly value: string;
  /** The job's name behind the account's prefix. */
  readonly job: string;
  readonly layer: Layer;
}

/** Names of jobs that two folders would share, or that are too long for a role in some account: one problem a folder. */
export function jobNameProblems(
  { organization, lakes }: Pick<Accounts, "organization" | "lakes">,
  contracts: Contracts,
  pipelines: readonly Pipeline[],
): Problem[] {
  const named: Named[] = [
    ...domainsOf(contracts).map((domain) => ({
      folder: `domains/${domain}`,
      value: domain,
      job: `refine-${dashed(domain)}`,
      layer: "refine" as const,
    })),
    ...pipelines.map(({ domain, name, id }) => ({
      folder: `domains/${domain}/pipelines/${name}`,
      value: name,
      job: `curate-${dashed(id)}`,
      layer: "curate" as const,
    })),
  ];
  return named.flatMap(({ folder, value, job, layer }, index) => {
    const problem = (message: string, fix: string) => [{ file: folder, path: "", value, message, fix }];
    const twin = named.slice(0, index).find((other) => other.job === job);
    if (twin) return problem(`makes a job named ${job}, as ${twin.folder} does`, "choose another name");
    const [longest = ""] = lakes
      .filter((account) => hasLayer(account, layer))
      .map((account) => new Names(organization, account).of(job))
      .sort((one, other) => other.length - one.length);
    return longest.length <= LONGEST_ROLE_NAME
      ? []
      : problem(
          `makes the role name ${longest}, ${longest.length} characters long; IAM allows ${LONGEST_ROLE_NAME}`,
          "shorten the folder, its domain, the project or the account's file name",
        );
  });
}
