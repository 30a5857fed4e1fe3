import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathsOf } from "../../tools/setup/paths";
import { run } from "../../tools/setup/process";
import type { Block, Stack } from "../support/stack";

/** What the scanner says of one resource. */
export interface Finding {
  readonly stack: string;
  readonly address: string;
  /** Id of the rule, e.g. `CKV_AWS_144`. */
  readonly rule: string;
  /** The rule in words. */
  readonly name: string;
}

/** A finding that is no fault, with the reason that stands beside the resource. */
export interface Acceptance {
  readonly stack: string;
  readonly address: string;
  readonly rule: string;
  readonly reason: string;
}

export interface Report {
  /** How many checks found nothing. */
  readonly passed: number;
  /** All findings, those that are accepted among them. */
  readonly findings: readonly Finding[];
}

/** What of checkov's report is read. A single record names its resource by its address or as `resource.<name>`. */
interface CheckovRecord {
  readonly check_id: string;
  readonly check_name: string;
  readonly file_path: string;
  readonly resource: string;
}
interface CheckovReport {
  readonly results: { readonly passed_checks: CheckovRecord[]; readonly failed_checks: CheckovRecord[] };
  readonly summary: { readonly parsing_errors: number };
}

/**
 * Runs checkov on stacks, each as one file below the folder. What it cannot parse it overlooks with exit code 0: that is an
 * error here, as is a stack in which it checked nothing.
 */
export async function scan(stacks: readonly Stack[], folder: string): Promise<Report> {
  for (const stack of stacks) {
    const file = join(folder, stack.name, "cdk.tf.json");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(readable(stack), null, 1));
  }
  const checkov = join(dirname(pathsOf({}).scanPython), "checkov");
  const args = ["--directory", ".", "--framework", "terraform_json", "--skip-download", "--compact", "--soft-fail"];
  const extended = [...args, "--external-checks-dir", join(__dirname, "checkov-extension"), "--output", "json"];
  const { code, stdout, stderr } = await run(checkov, extended, { cwd: folder, env: process.env });
  if (code !== 0) throw new Error(`checkov failed:\n${stdout}\n${stderr}`);
  const { results, summary } = JSON.parse(stdout) as CheckovReport;
  if (summary?.parsing_errors !== 0) throw new Error(`checkov could not read every stack:\n${stderr}`);
  const { passed_checks: passed, failed_checks: failed } = results;
  const seen = new Set([...passed, ...failed].map(stackOf));
  const unseen = stacks.filter(({ name }) => !seen.has(name)).map(({ name }) => name);
  if (unseen.length > 0) throw new Error(`checkov checked nothing in ${unseen.join(", ")}`);
  return { passed: passed.length, findings: failed.map((record) => findingOf(record, stacks)) };
}

/**
 * The stack as checkov reads it. It gives up the whole file at the block `terraform`, which names no resource, knows the
 * group that a rule lets in by the attribute of an older kind of resource only, and no boundary from a policy.
 */
function readable(stack: Stack): unknown {
  const { terraform: _, ...rest } = stack.json;
  const attached = stack
    .resources()
    .filter(({ type }) => type.endsWith("_policy_attachment"))
    .map(({ block }) => String(block.policy_arn));
  const changes: Readonly<Record<string, (address: string, block: Block) => Block>> = {
    aws_vpc_security_group_ingress_rule: (_address, block) => {
      const group = block.referenced_security_group_id;
      return group === undefined ? block : { ...block, source_security_group_id: group };
    },
    aws_iam_policy: (address, block) =>
      attached.includes(`\${${address}.arn}`) ? block : { ...block, is_limit: true },
  };
  const resource = Object.entries(rest.resource ?? {}).map(([type, blocks]) => {
    const change = changes[type];
    if (change === undefined) return [type, blocks];
    return [
      type,
      Object.fromEntries(Object.entries(blocks).map(([name, block]) => [name, change(`${type}.${name}`, block)])),
    ];
  });
  return resource.length === 0 ? rest : { ...rest, resource: Object.fromEntries(resource) };
}

const stackOf = ({ file_path }: CheckovRecord) => file_path.split("/")[1] ?? "";

function findingOf(record: CheckovRecord, stacks: readonly Stack[]): Finding {
  const stack = stacks.find(({ name }) => name === stackOf(record));
  const name = record.resource.split(".").slice(1).join(".");
  const address = stack?.resources().find((resource) => resource.name === name)?.address ?? record.resource;
  return { stack: stackOf(record), address, rule: record.check_id, name: record.check_name };
}

/** What stacks say in the comments of their resources, see `acceptFinding`. */
export function acceptances(stacks: readonly Stack[]): Acceptance[] {
  return stacks.flatMap((stack) =>
    stack.resources().flatMap(({ address, block }) => {
      const comment = block["//"] as { readonly acceptedFindings?: Readonly<Record<string, string>> } | undefined;
      return Object.entries(comment?.acceptedFindings ?? {}).map(([rule, reason]) => ({
        stack: stack.name,
        address,
        rule,
        reason,
      }));
    }),
  );
}

export interface Verdict {
  /** Findings that nobody accepted. */
  readonly failed: readonly Finding[];
  readonly accepted: readonly Acceptance[];
  /** Acceptances of what is no longer found. */
  readonly stale: readonly Acceptance[];
}

/** Puts findings and acceptances together. */
export function judge(findings: readonly Finding[], accepted: readonly Acceptance[]): Verdict {
  const key = ({ stack, address, rule }: Pick<Finding, "stack" | "address" | "rule">) => `${stack} ${address} ${rule}`;
  const found = new Set(findings.map(key));
  const reasons = new Set(accepted.map(key));
  return {
    failed: findings.filter((finding) => !reasons.has(key(finding))),
    accepted: accepted.filter((acceptance) => found.has(key(acceptance))),
    stale: accepted.filter((acceptance) => !found.has(key(acceptance))),
  };
}
