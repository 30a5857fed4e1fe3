/** A table of a database as a job sees it: rows that change, and changes that are committed late. */

/** One version of a row. */
export interface Row {
  readonly key: number;
  /** Of the database's clock, in milliseconds. */
  readonly updatedAt: number;
  readonly value: number;
}

interface Change {
  readonly row: Row;
  readonly committedAt: number;
}

export class SimulatedDatabase {
  readonly #changes: Change[] = [];

  /** @param clock the database's own, in milliseconds */
  constructor(private readonly clock: () => number) {}

  /** Inserts or updates a row; others see it when so many milliseconds have passed. A row that is locked stays as it is. */
  write(key: number, value: number, commitsAfter: number): void {
    const now = this.now();
    if (this.#changes.some(({ row, committedAt }) => row.key === key && committedAt > now)) return;
    // No two changes at the same time: which of them is the later is not ingestion's business.
    const last = this.#changes.at(-1)?.row.updatedAt ?? 0;
    const updatedAt = Math.max(now, last + 1);
    this.#changes.push({ row: { key, updatedAt, value }, committedAt: updatedAt + commitsAfter });
  }

  now(): number {
    return this.clock();
  }

  /** What one transaction sees of a window: the rows as they are now. */
  read(start: number, stop: number): Row[] {
    return [...this.rows().values()].filter(({ updatedAt }) => updatedAt >= start && updatedAt < stop);
  }

  /** The rows that can be seen now, by their keys. */
  rows(): Map<number, Row> {
    const now = this.now();
    const seen = this.#changes.filter(({ committedAt }) => committedAt <= now);
    return new Map(seen.map(({ row }) => [row.key, row]));
  }

  /** Whether there has ever been such a row. */
  hasSeen(row: Row): boolean {
    return this.#changes.some((change) => JSON.stringify(change.row) === JSON.stringify(row));
  }
}
