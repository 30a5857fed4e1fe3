/** What the exit code of every command means. */
export const exitCodes = {
  ok: 0,
  /** The operation failed; the message says where and what to do. */
  failed: 1,
  /** Wrong arguments, a wrong configuration file or a missing prerequisite; nothing was changed. */
  badInput: 2,
  /** Finished, but something needs attention: sums that do not match, files that failed. */
  attention: 3,
  /** Ctrl-C. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Something the user has to put right before anything can be done. */
export class InputError extends Error {
  constructor(
    message: string,
    readonly fix?: string,
  ) {
    super(message);
    this.name = "InputError";
  }
}

/** Something went wrong while it was done. */
export class OperationError extends Error {
  constructor(
    message: string,
    readonly fix?: string,
  ) {
    super(message);
    this.name = "OperationError";
  }
}
