import type { Result } from "../command";
import { exitCodes } from "../exit-codes";
import { plural } from "../table";
import { attemptDocument, describeAttempts, reasonOf } from "./describe";
import type { AskedSource } from "./ingest";

/** Whether everything that was waited for has been read. */
export function isWellRead(asked: readonly AskedSource[]): boolean {
  return asked.every(
    ({ end }) =>
      end === undefined || (end.status === "succeeded" && end.tables.every(({ attempt }) => attempt !== undefined)),
  );
}

/** What a command says of one execution. */
export function resultOf(account: string, asked: AskedSource): Result {
  return {
    document: { account, ...askedDocument(asked) },
    text: describeAsked([asked]),
    exitCode: isWellRead([asked]) ? exitCodes.ok : exitCodes.attention,
  };
}

/** As scripts read it. */
export function askedDocument({ source, execution, end }: AskedSource): object {
  if (end === undefined) return { source, execution };
  const { status, reason, tables } = end;
  return {
    source,
    execution,
    status,
    reason,
    tables: tables.map(({ id, attempt }) => (attempt === undefined ? { table: id } : attemptDocument(id, attempt))),
  };
}

/** As people read it. */
export function describeAsked(asked: readonly AskedSource[]): string {
  const attempts = asked.flatMap(({ end }) =>
    (end?.tables ?? []).flatMap(({ id, attempt }) => (attempt === undefined ? [] : [{ id, ...attempt }])),
  );
  return [
    ...(attempts.length === 0 ? [] : [describeAttempts(attempts), ""]),
    ...asked.map(({ source, execution, end }) => {
      if (end === undefined) return `${source} is read by ${execution.split(":").at(-1)}`;
      const left = end.tables.filter(({ attempt }) => attempt === undefined);
      const failed = end.tables.filter(({ attempt }) => attempt?.status === "failed" || attempt?.status === "lost");
      const parts = [
        ...failed.map(({ id, attempt }) => `  ${id} failed: ${reasonOf(attempt)}`),
        ...left.map(({ id }) => `  ${id} was not read: somebody else reads it, or the run ended before`),
      ];
      const reason = end.reason === undefined || parts.length > 0 ? "" : `: ${end.reason}`;
      return [`${source} ${end.status}, ${plural(end.tables.length, "table")}${reason}`, ...parts].join("\n");
    }),
  ].join("\n");
}
