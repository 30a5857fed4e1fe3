import { CommanderError } from "commander";
import { ConfigurationError } from "../contracts/problems";
import { PrerequisiteError } from "../tools/setup/prerequisites";
import { InterruptedError } from "../tools/setup/process";
import { type ExitCode, exitCodes, InputError, OperationError } from "./exit-codes";

/** A failure as scripts see it. */
export interface Failure {
  readonly exitCode: ExitCode;
  readonly message: string;
  readonly fix?: string;
  /** Each problem of the configuration by itself. */
  readonly problems?: readonly unknown[];
}

/** @param complaints what the parser of the command line said */
export function describeFailure(error: unknown, complaints: string): Failure {
  if (error instanceof CommanderError) return usageFailure(complaints);
  if (error instanceof ConfigurationError || error instanceof PrerequisiteError) {
    return { exitCode: exitCodes.badInput, message: error.message, problems: error.problems };
  }
  if (error instanceof InputError) return { exitCode: exitCodes.badInput, message: error.message, fix: error.fix };
  if (error instanceof OperationError) return { exitCode: exitCodes.failed, message: error.message, fix: error.fix };
  if (error instanceof InterruptedError)
    return { exitCode: exitCodes.interrupted, message: "Interrupted: the same command continues from here." };
  if (error instanceof Error) return awsFailure(error) ?? defect(error);
  return { exitCode: exitCodes.failed, message: String(error) };
}

/** Says what is wrong first, then what was meant and where to read on. */
function usageFailure(complaints: string): Failure {
  const lines = complaints.split("\n").filter((line) => line.trim() !== "");
  const isFix = (line: string) => /^\(?(Did you mean|See )/.test(line);
  const fixes = lines.filter(isFix).map((line) => line.replace(/^\((.*)\)$/, "$1"));
  const message = lines.filter((line) => !isFix(line)).join("\n");
  return { exitCode: exitCodes.badInput, message, fix: [...new Set(fixes)].join("\n") };
}

/** Why AWS was not reached, or refused; where in the SDK it surfaced helps nobody. */
function awsFailure(error: Error): Failure | undefined {
  const message = `${error.name}: ${error.message}`;
  const credentials = credentialsFix(error);
  if (credentials !== undefined) return { exitCode: exitCodes.badInput, message, fix: credentials };
  if (/ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|TimeoutError|NetworkingError/.test(codeOf(error))) {
    return { exitCode: exitCodes.failed, message, fix: `Nobody answers there: ${LOOK}` };
  }
  if (!("$metadata" in error)) return undefined;
  if (/Throttl|TooManyRequests|SlowDown|ServiceUnavailable|InternalError/.test(error.name)) {
    return { exitCode: exitCodes.failed, message, fix: "AWS is busy: repeat the command in a moment." };
  }
  return { exitCode: exitCodes.failed, message, fix: `AWS refused it: ${LOOK}` };
}

const LOOK = "`npm run lake -- doctor` checks target, credentials and roles.";

/** The name of an error and, for one of the network, its code. */
function codeOf(error: Error): string {
  return `${error.name} ${(error as NodeJS.ErrnoException).code ?? ""}`;
}

/** What to do when the caller has no credentials that AWS takes, or no region; undefined for any other error. */
export function credentialsFix({ name, message }: Error): string | undefined {
  if (/^(CredentialsProviderError|TokenProviderError)$/.test(name)) {
    return "Sign in: no AWS credentials were found in the environment.";
  }
  if (/Expired|InvalidClientTokenId|UnrecognizedClient|InvalidAccessKeyId|SignatureDoesNotMatch/.test(name)) {
    return "Sign in again: the credentials are not valid.";
  }
  return /region is missing/i.test(message) ? "Set AWS_REGION, or the region of your AWS profile." : undefined;
}

/** A defect of ours or a fault of a library: the stack is the most useful thing to report. */
function defect(error: Error): Failure {
  return { exitCode: exitCodes.failed, message: error.stack ?? error.message };
}
