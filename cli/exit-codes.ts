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
    readonly fix: string,
  ) {
    super(message);
    this.name = "InputError";
  }
}

/**
 * Does all that only looks at what was typed, so that everything that is wrong with it is told at once.
 * @throws InputError with every message and every fix
 */
export function together<T extends readonly unknown[]>(...looks: { [K in keyof T]: () => T[K] }): T {
  const errors: InputError[] = [];
  const found = looks.map((look) => {
    try {
      return look();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      errors.push(error);
      return undefined;
    }
  });
  const lines = (texts: readonly string[]) => [...new Set(texts)].join("\n");
  if (errors.length === 0) return found as unknown as T;
  throw new InputError(lines(errors.map(({ message }) => message)), lines(errors.map(({ fix }) => fix)));
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
