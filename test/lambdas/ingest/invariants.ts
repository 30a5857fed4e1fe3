/** What has to hold while everybody works, and when all have recovered. */
import {
  type HistoryItem,
  momentOf,
  regularWindow,
  type TableStateItem,
  type WindowItem,
} from "../../../contracts/ingestion";
import type { Row } from "./simulated-database";
import { id } from "./support";
import { mostSkew, type World } from "./world";

/** Looks at a world after each of its steps, and notes what should never happen among its problems. */
export class Watch {
  #state: TableStateItem | undefined;
  /** What was decided, by the window that is open. */
  readonly #decided = new Map<string, string>();
  /** What was decided, by the beginning of the regular window. */
  readonly #regular = new Map<string, string>();
  /** Contents of published files, those of backfills apart: the same time may be read again. */
  readonly #published = new Map<string, string>();
  readonly #ofBackfills = new Set<string>();

  constructor(private readonly world: World) {
    world.watch = () => this.#look();
  }

  #look(): void {
    this.#lookAtHolder();
    this.#lookAtWindows();
    for (const [key, content] of this.world.aws.objects) {
      if (!key.startsWith("raw/freight/") || this.#ofBackfills.has(key)) continue;
      const before = this.#published.get(key) ?? content;
      if (before !== content) this.world.problems.push(`${key} was published with two contents`);
      this.#published.set(key, content);
    }
  }

  /** A table is taken from nobody who goes on, within the lease. */
  #lookAtHolder(): void {
    const { bench, now, running, problems } = this.world;
    const before = this.#state;
    const state = bench.state();
    const last = bench.history().find(({ token }) => token === state?.token);
    if (state !== undefined && state.holder === undefined && last?.status === "running") {
      problems.push(`attempt ${state.token} goes on, and nobody has the table`);
    }
    this.#state = state === undefined ? undefined : { ...state };
    if (before?.holder === undefined || state === undefined || state.token === before.token) return;
    if (state.token < before.token) problems.push("the token shrank");
    const isOver = (before.lease_until ?? "") <= momentOf(new Date(now + mostSkew));
    const isRunning = running.includes(before.holder.split(":").at(-1) ?? "");
    if (isRunning && !isOver) problems.push(`${before.holder} lost its table while it held it`);
  }

  #lookAtWindows(): void {
    const { aws, problems } = this.world;
    const windows = [...aws.items.values()].filter(({ sk }) =>
      String(sk).startsWith("window#"),
    ) as unknown as WindowItem[];
    for (const sk of this.#decided.keys()) if (!windows.some((window) => window.sk === sk)) this.#decided.delete(sk);
    for (const { sk, kind, start = "", stop, decided } of windows) {
      if (decided === undefined) continue;
      const text = JSON.stringify({ start, stop, decided });
      if ((this.#decided.get(sk) ?? text) !== text) problems.push(`${sk} was decided twice`);
      this.#decided.set(sk, text);
      if (sk === regularWindow) {
        if ((this.#regular.get(start) ?? text) !== text) problems.push(`the window from ${start} was decided twice`);
        this.#regular.set(start, text);
      }
      if (kind === "backfill") this.#exempt(decided.manifest);
    }
  }

  #exempt(manifest: string): void {
    const text = this.world.aws.objects.get(`raw/${manifest}`) ?? '{"files":[]}';
    const { files } = JSON.parse(text) as { files: { final: string }[] };
    for (const { final } of files) this.#ofBackfills.add(`raw/${final}`);
  }
}

/** What is wrong when everybody has ended and the table was read again: nothing. */
export function finalProblems(world: World): string[] {
  const { bench, database } = world;
  const state = bench.state();
  const stop = state?.committed_stop ?? "";
  const published = publishedRows(world);
  const missing = [...database.rows().values()].filter(
    ({ key, updatedAt, value }) => momentOf(new Date(updatedAt)) < stop && published.get(key)?.value !== value,
  );
  return [
    ...world.problems,
    ...(state?.holder === undefined ? [] : [`${state.holder} still holds the table`]),
    ...missing.map(({ key }) => `row ${key} is published otherwise than the database has it`),
    ...[...published.values()].filter((row) => !database.hasSeen(row)).map(({ key }) => `row ${key} was never so`),
    ...historyProblems(bench.history(), stop),
  ];
}

/** Each row as the lake shows it: the latest of what was published. */
function publishedRows({ aws }: World): Map<number, Row> {
  const rows = [...aws.objects]
    .filter(([key]) => key.startsWith("raw/freight/"))
    .flatMap(([, content]) => JSON.parse(content) as Row[]);
  return new Map(rows.sort((a, b) => a.updatedAt - b.updatedAt).map((row) => [row.key, row]));
}

/** Succeeded regular windows follow each other without gap or overlap, from the beginning to where the table has come. */
function historyProblems(history: readonly HistoryItem[], stop: string): string[] {
  const regular = history.filter(({ kind, status }) => kind === "regular" && status === "succeeded");
  const sorted = regular.toSorted((a, b) => ((a.window_stop ?? "") < (b.window_stop ?? "") ? -1 : 1));
  const gaps = sorted.flatMap(({ window_start = "", window_stop = "" }, index) => {
    const before = sorted[index - 1]?.window_stop ?? "";
    return window_start === before && window_start < window_stop
      ? []
      : [`[${window_start}, ${window_stop}) follows ${before}`];
  });
  const running = history.filter(({ status }) => status === "running");
  return [
    ...gaps,
    ...(sorted.at(-1)?.window_stop === stop
      ? []
      : [`history ends at ${sorted.at(-1)?.window_stop}, the state at ${stop}`]),
    ...running.map(({ token }) => `attempt ${token} of ${id} counts as running`),
  ];
}
