import { type Contracts, dashed, domainsOf, ingestionJob, type Pipeline, type Source } from "../../contracts";
import type { Problem } from "../../contracts/problems";
import type { Accounts } from "./load";
import { Names } from "./naming";

/**
 * Of a role's name and of a schedule's.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 * https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
 */
const LONGEST_NAME = 64;

/** A folder or file that gives a job and its role, or its schedule, their name. */
interface Named {
  readonly file: string;
  readonly value: string;
  /** The job's name behind the account's prefix. */
  readonly job: string;
  /** What has this name, and who says how long it may be. */
  readonly kind: { readonly name: string; readonly judge: string };
  /** Zones from which on an account has this job. */
  readonly zones: number;
}

const role = { name: "role", judge: "IAM" };
const schedule = { name: "schedule", judge: "EventBridge Scheduler" };

/** Names of jobs that two folders would share, or that are too long in some account: one problem a folder or file. */
export function jobNameProblems(
  { organization, lakes }: Pick<Accounts, "organization" | "lakes">,
  contracts: Contracts,
  pipelines: readonly Pipeline[],
  sources: readonly Source[],
): Problem[] {
  const named: Named[] = [
    ...domainsOf(contracts).map((domain) => ({
      file: `domains/${domain}`,
      value: domain,
      job: `refine-${dashed(domain)}`,
      kind: role,
      zones: 3,
    })),
    ...pipelines.map(({ domain, name, id }) => ({
      file: `domains/${domain}/pipelines/${name}`,
      value: name,
      job: `curate-${dashed(id)}`,
      kind: role,
      zones: 4,
    })),
    ...sources.map(({ domain, name, id }) => ({
      file: `domains/${domain}/sources/${name}.yml`,
      value: name,
      job: ingestionJob(id),
      kind: schedule,
      zones: 2,
    })),
  ];
  return named.flatMap(({ file, value, job, kind, zones }, index) => {
    const problem = (message: string, fix: string) => [{ file, path: "", value, message, fix }];
    const twin = named.slice(0, index).find((other) => other.job === job);
    if (twin) return problem(`makes a job named ${job}, as ${twin.file} does`, "choose another name");
    const [longest = ""] = lakes
      .filter((account) => account.zones.length >= zones)
      .map((account) => new Names(organization, account).of(job))
      .sort((one, other) => other.length - one.length);
    return longest.length <= LONGEST_NAME
      ? []
      : problem(
          `makes the ${kind.name} name ${longest}, ${longest.length} characters long; ${kind.judge} allows ${LONGEST_NAME}`,
          `shorten ${kind === role ? "the folder" : "the file's name"}, its domain, the project or the account's file name`,
        );
  });
}
