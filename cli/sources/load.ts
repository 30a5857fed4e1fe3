import { statSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { GetJobRunCommand, StartJobRunCommand } from "@aws-sdk/client-glue";
import type { LakeAccount } from "../../accounts/model/schema";
import { highestClassification, landingPrefix } from "../../contracts";
import { checkInterrupted } from "../../tools/setup/process";
import type { Step } from "../../tools/setup/progress";
import { OperationError } from "../exit-codes";
import type { Lake } from "../lake";
import { withClients } from "../lake-clients";
import { ENGINEER } from "../person";
import { putFile, refuseLargest } from "../upload/put";

const pollMs = 500;
const over = ["SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED"];

/** A CSV file that is to be brought into the account's own database. */
export interface FileToLoad {
  readonly path: string;
  /** Id of the dataset whose contract says what its columns are; its table has the dataset's name. */
  readonly dataset: string;
  /** Folder below `landing/` in which the file is put, where no function takes it for something that has arrived. */
  readonly folder: string;
}

/** Brings a file into the account's own database: new keys are inserted, known ones replaced. */
export async function loadIntoDatabase(lake: Lake, account: LakeAccount, file: FileToLoad, step: Step): Promise<void> {
  const { path, dataset, folder } = file;
  const [zone] = account.zones;
  const contract = lake.contracts.find(({ id }) => id === dataset);
  const classification = contract === undefined ? "secret" : highestClassification(contract);
  const whole = { file: path, bytes: statSync(path).size };
  refuseLargest([whole]);
  const prefix = `${landingPrefix}${folder}/`;
  const bucket = await withClients(lake, account, { ...ENGINEER, clearance: classification }, async ({ s3, names }) => {
    const bucket = names.bucket(zone?.name ?? "");
    step.say("uploading");
    await putFile(s3, { ...whole, bucket, key: `${prefix}${basename(path)}`, classification }, () => {});
    return bucket;
  });
  await withClients(lake, account, ENGINEER, async ({ glue, names }) => {
    const JobName = names.of("load-database");
    const input = `s3://${bucket}/${prefix}${basename(path)}`;
    const { JobRunId: RunId } = await glue.send(
      new StartJobRunCommand({ JobName, Arguments: { "--dataset": dataset, "--input": input, "--format": "csv" } }),
    );
    for (;;) {
      checkInterrupted();
      const { JobRun } = await glue.send(new GetJobRunCommand({ JobName, RunId }));
      const { JobRunState = "STARTING", ErrorMessage = "Glue does not say why" } = JobRun ?? {};
      if (JobRunState === "SUCCEEDED") return;
      if (over.includes(JobRunState)) {
        throw new OperationError(
          `${JobName} ${JobRunState.toLowerCase()}: ${ErrorMessage}`,
          `Its log is in /aws-glue/jobs of CloudWatch, by the name ${RunId}.`,
        );
      }
      step.say(JobRunState.toLowerCase());
      await sleep(pollMs);
    }
  });
}
