import { ARRIVALS_CLEARANCE, highestOf, seenWith } from "../../contracts/people";
import { InputError, together } from "../exit-codes";
import type { Lake } from "../lake";
import { type LakeClients, withClients } from "../lake-clients";
import { type DatasetSummary, reconciles, summarize } from "../ledger";
import { ENGINEER, type Person } from "../person";
import { plural } from "../table";
import { type PlannedFile, type PlanOptions, planUpload } from "./plan";
import { refuseLargest } from "./put";
import { type SentFile, sendFiles } from "./send";
import { type Outcome, waitForOutcomes } from "./wait";

export interface UploadOptions extends PlanOptions {
  readonly account?: string;
  /** Upload also what is there already. */
  readonly force?: boolean;
  /** As whom. @default a data-engineer who may read what is there already, so that the same content is not brought again */
  readonly person?: Partial<Person>;
  /** How long to wait for the outcome; undefined: not at all. */
  readonly waitMs?: number;
}

/** A file and what became of it. */
export type UploadedFile = SentFile & { readonly outcome?: Outcome };

export interface Uploaded {
  readonly account: string;
  /** Where the files arrive. */
  readonly zone: string;
  readonly bucket: string;
  readonly files: readonly UploadedFile[];
  readonly ignored: readonly string[];
}

/** Brings files into the lake and, if asked to, waits for what becomes of them. */
export async function upload(lake: Lake, paths: readonly string[], options: UploadOptions): Promise<Uploaded> {
  const [account, plan] = together(
    () => lake.lakeAccount(options.account),
    () => planUpload(lake.contracts, paths, options),
  );
  const [person] = together(
    () => personFor(plan.files, options.person),
    () => refuseLargest(plan.files),
  );
  return withClients(lake, account, person, async (clients) => {
    const zone = account.zones[0]?.name ?? "";
    const bucket = clients.names.bucket(zone);
    const sent = await lake.progress.step("Upload", async (step) => {
      const canCompare = person.clearance === ARRIVALS_CLEARANCE;
      const files = await sendFiles(clients, bucket, plan.files, canCompare && options.force !== true, step);
      const skipped = files.filter(({ status }) => status === "skipped").length;
      const brought = `${files.length - skipped} uploaded`;
      step.note(
        canCompare
          ? `${brought}, ${skipped} were there already`
          : `${brought}, without a look at what is there: that takes the clearance ${ARRIVALS_CLEARANCE}`,
      );
      return files;
    });
    const files = options.waitMs === undefined ? sent : await addOutcomes(lake, clients, zone, sent, options.waitMs);
    return { account: account.name, zone, bucket, files, ignored: plan.ignored };
  });
}

/** Whoever brings files has to be cleared for them. @throws InputError with the files for which the clearance is too low */
function personFor(files: readonly PlannedFile[], asked: Partial<Person> = {}): Person {
  const clearance = highestOf(files.map(({ classification }) => classification));
  const person = { ...ENGINEER, clearance: ARRIVALS_CLEARANCE, ...asked };
  const above = files.filter(({ classification }) => !seenWith(person.clearance).includes(classification));
  if (above.length === 0) return person;
  const list = above.map(({ file, classification }) => `${file}: ${classification}`).join("\n  ");
  throw new InputError(
    `The clearance ${person.clearance} is not enough for ${plural(above.length, "file")}:\n  ${list}`,
    `Use --clearance ${clearance}, or leave it out.`,
  );
}

async function addOutcomes(
  lake: Lake,
  clients: LakeClients,
  zone: string,
  files: readonly SentFile[],
  timeoutMs: number,
): Promise<UploadedFile[]> {
  const objects = files.map(({ object }) => object);
  const outcomes = await lake.progress.step("Loading", (step) =>
    waitForOutcomes(clients, objects, { zone, timeoutMs }, step),
  );
  return files.map((file, index) => ({ ...file, outcome: outcomes[index] }));
}

/** What became of the files, by dataset; datasets without a file are left out. */
export function summarizeUpload(files: readonly UploadedFile[]): DatasetSummary[] {
  const ids = [...new Set(files.map(({ dataset }) => dataset))].sort();
  return ids.map((id) => {
    const entries = files.filter(({ dataset }) => dataset === id).flatMap(({ outcome }) => outcome?.entry ?? []);
    return summarize(id, entries);
  });
}

/** Files that are neither in the lake nor in quarantine, or whose rows do not add up. */
export function troubled(files: readonly UploadedFile[]): UploadedFile[] {
  return files.filter(({ outcome }) => {
    if (outcome === undefined) return false;
    if (outcome.state === "dead" || outcome.state === "pending") return true;
    return outcome.entry === undefined || !reconciles(outcome.entry);
  });
}
