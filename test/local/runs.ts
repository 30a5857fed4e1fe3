import { chosenJobs } from "../../cli/runs/jobs";
import { type Settled, waitUntilSettled } from "../../cli/runs/settle";
import { ENGINEER, type Sandbox } from "./sandbox";

export type Row = Readonly<Record<string, string | number | null>>;

export interface UploadDocument {
  readonly files: readonly { readonly outcome: string; readonly outputs?: readonly string[] }[];
}

export interface RunsDocument {
  readonly runs: readonly {
    readonly job: string;
    readonly batchId: string;
    readonly status: string;
    readonly attempt: number;
    readonly reason?: string;
    readonly rows?: Readonly<Record<string, number>>;
  }[];
  readonly held: readonly { readonly job: string; readonly batch: string; readonly objects: number }[];
}

/** Asks the lake. */
export async function query(sandbox: Sandbox, sql: string): Promise<Row[]> {
  return (await sandbox.succeed<{ rows: Row[] }>("query", sql)).rows;
}

/** Brings files in and waits until all that follows from them has come to rest. */
export async function bring(sandbox: Sandbox, ...args: string[]): Promise<Settled> {
  const { files } = await sandbox.succeed<UploadDocument>("upload", ...args, "--wait");
  expect(files.map(({ outcome }) => outcome)).toEqual(files.map(() => "loaded"));
  return settle(sandbox, files);
}

/** Waits until nothing runs and what the files became is in tables, or held. @param job the one that is waited for, or all */
export async function settle(sandbox: Sandbox, files: UploadDocument["files"], job?: string): Promise<Settled> {
  const { jobs } = chosenJobs(sandbox.inside, "prod", job);
  const options = { timeoutMs: 9 * 60_000, outputs: files.flatMap(({ outputs = [] }) => outputs) };
  const settled = await sandbox.clients(ENGINEER, (clients) =>
    sandbox.inside.progress.step("settle", (progress) => waitUntilSettled(clients, jobs, options, progress)),
  );
  expect(settled.stuck).toEqual([]);
  return settled;
}
