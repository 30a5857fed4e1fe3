/** Why a run failed: whether it is the data's fault, which trying again does not mend. */

/** As a Catch of Step Functions has it. */
export interface CaughtError {
  readonly Error?: string;
  readonly Cause?: string;
}

export interface Failure {
  /** The job refused its data. */
  readonly refused: boolean;
  readonly reason: string;
}

/** Longer reasons are cut: nobody reads pages, and records have a limit. */
const longestReason = 1000;

export function failureOf({ Error: name, Cause: cause }: CaughtError = {}): Failure {
  const message = messageOf(cause);
  const isNamed = name !== undefined && name !== "States.TaskFailed";
  const parts = [isNamed ? name : undefined, message].filter((part) => part !== undefined && part !== "");
  const reason = parts.length === 0 ? "no reason is given" : parts.join(": ");
  return { refused: refusal(message ?? "") !== undefined, reason: shorten(refusal(message ?? "") ?? reason) };
}

/** The text from the class of a refusal on: Python may name its module, and Glue puts its category before it. */
function refusal(message: string): string | undefined {
  const lines = message.split(/\n|; /).map((line) => line.trim());
  const begin = lines.findIndex((line) => /^([a-z_]\w*\.)*[A-Z]\w*RefusedError(:|$)/.test(line));
  const found = lines
    .slice(begin)
    .join("; ")
    .replace(/^([a-z_]\w*\.)+/, "");
  // Python's own ConnectionRefusedError speaks of a network, not of data.
  return begin < 0 || found.startsWith("ConnectionRefusedError") ? undefined : found;
}

/** What runs of jobs say of themselves, as far as it is of use here. */
interface CausedRun {
  /** Glue. */
  readonly ErrorMessage?: string;
  readonly JobRunState?: string;
  /** A function. */
  readonly errorMessage?: string;
  /** EMR. */
  readonly Step?: {
    readonly Status?: {
      readonly State?: string;
      readonly FailureDetails?: { readonly Message?: string; readonly Reason?: string };
      readonly StateChangeReason?: { readonly Message?: string };
    };
  };
  /** EMR Serverless. */
  readonly JobRun?: { readonly State?: string; readonly StateDetails?: string };
}

/** A task's cause is the JSON of its run, or a text. */
function messageOf(cause: string | undefined): string | undefined {
  if (cause === undefined) return undefined;
  try {
    const run = JSON.parse(cause) as CausedRun | null;
    const { State, FailureDetails, StateChangeReason } = run?.Step?.Status ?? {};
    const said = [
      run?.ErrorMessage,
      run?.errorMessage,
      FailureDetails?.Message,
      FailureDetails?.Reason,
      StateChangeReason?.Message,
      run?.JobRun?.StateDetails,
    ];
    const state = run?.JobRunState ?? State ?? run?.JobRun?.State;
    const kind = run?.Step === undefined ? (run?.JobRun === undefined ? "Glue run" : "job run") : "step";
    return said.find((text) => text !== undefined && text !== "") ?? (state && `the ${kind} is ${state}`) ?? cause;
  } catch {
    return cause;
  }
}

export function shorten(text: string): string {
  return text.length <= longestReason ? text : `${text.slice(0, longestReason - 3)}...`;
}
