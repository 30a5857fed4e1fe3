/** What is wrong with a file as a whole, so that none of its rows can be loaded: it goes to quarantine, not into a retry. */
export class FileProblem extends Error {
  override readonly name = "FileProblem";
}

/** Other rows came out than went in: nothing of such a load may be kept. */
export class ReconciliationError extends Error {
  override readonly name = "ReconciliationError";

  constructor(
    readonly datasetId: string,
    message: string,
  ) {
    super(message);
  }
}

/** What an error says, whoever threw it: errors of native code need not be instances of this realm's Error. */
export function messageOf(error: unknown): string {
  const { message } = error as { message?: unknown };
  return typeof message === "string" ? message : String(error);
}
