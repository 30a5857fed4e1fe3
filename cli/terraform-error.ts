import type { Finished } from "../tools/setup/process";
import { OperationError } from "./exit-codes";
import type { Failure } from "./terraform-events";

/** Terraform could not do something: every resource with what was wrong, and how to go on. */
export class TerraformError extends OperationError {
  constructor(
    message: string,
    fix: string | undefined,
    private readonly failures: readonly Failure[],
  ) {
    super(message, fix);
    this.name = "TerraformError";
  }

  /** Whether any failure is of that kind. */
  says(pattern: RegExp): boolean {
    return this.failures.some(({ summary }) => pattern.test(summary));
  }
}

/** The stack, and the folder in which Terraform runs for it. */
interface Place {
  readonly stack: string;
  readonly folder: string;
}

/** What went wrong in a run of Terraform, in words that help. */
export function failureOf(
  place: Place,
  action: string,
  failures: readonly Failure[],
  finished: Finished,
): TerraformError {
  const lock = failures.find(({ summary }) => summary.includes("state lock"));
  if (lock !== undefined) return lockFailure(place, lock);
  const unread = `${finished.stderr}\n${finished.stdout}`
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("{"));
  const lines = failures.length === 0 ? unread.slice(-20) : failures.map(describe);
  return new TerraformError(
    `Terraform could not ${action} the stack ${place.stack}.\n${lines.join("\n")}`,
    action === "apply" ? fixOf(lines.join("\n")) : undefined,
    failures,
  );
}

function fixOf(message: string): string {
  const general =
    "What was done is recorded in the state: when the cause is gone, the same command continues from here.";
  if (/account-baseline\/owner/.test(message)) {
    return `The SSM parameter /account-baseline/owner names the project that owns the settings of this account.
If it is another one, give this one an account of its own. If it is this one, after a run that was killed, delete the parameter and repeat.`;
  }
  if (!/already ?exists|AlreadyOwnedByYou/i.test(message)) return general;
  return `${general}
Something exists that the state does not know, as after a run that was killed. In the local AWS, \`npm stop\` and start afresh;
on AWS, remove it or adopt it with \`terraform import <address> <id>\` in the stack's folder.`;
}

function describe({ address, summary, detail }: Failure): string {
  const text = detail === undefined || detail === "" ? summary : `${summary}\n${detail}`;
  return `  ${address ?? "configuration"}\n${text.trim().replaceAll(/^/gm, "    ")}`;
}

function lockFailure({ stack, folder }: Place, failure: Failure): TerraformError {
  const field = (name: string) => new RegExp(`^\\s*${name}:\\s*(.+)$`, "m").exec(failure.detail ?? "")?.[1]?.trim();
  const [id, who, created] = [field("ID"), field("Who"), field("Created")];
  return new TerraformError(
    `The stack ${stack} is being changed by somebody else: its state is locked by ${who ?? "an unknown run"} since ${created ?? "an unknown time"}.`,
    `Wait until that run ends. If it is gone for good, remove its lock:
  eval "$(npm run --silent lake -- env)" && terraform -chdir='${folder}' force-unlock -force ${id ?? "<lock id>"}`,
    [failure],
  );
}
