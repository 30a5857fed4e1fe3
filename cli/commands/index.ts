import type { LakeCommand } from "../command";
import { access } from "./access";
import { apply } from "./apply";
import { classify } from "./classify";
import { demo } from "./demo";
import { describe } from "./describe";
import { destroy } from "./destroy";
import { diagram } from "./diagram";
import { doctor } from "./doctor";
import { down } from "./down";
import { env } from "./env";
import { guard } from "./guard";
import { history } from "./history";
import { ingest } from "./ingest";
import { logs } from "./logs";
import { plan } from "./plan";
import { quality } from "./quality";
import { quarantine } from "./quarantine";
import { query } from "./query";
import { redrive } from "./redrive";
import { run } from "./run";
import { runs } from "./runs";
import { sample } from "./sample";
import { sandboxGet } from "./sandbox/get";
import { sandboxList } from "./sandbox/list";
import { sandboxPut } from "./sandbox/put";
import { sandboxRemove } from "./sandbox/rm";
import { sourceAddSample } from "./source/add-sample";
import { sourceBackfill } from "./source/backfill";
import { sourceHistory } from "./source/history";
import { sourceList } from "./source/list";
import { sourceRun } from "./source/run";
import { status } from "./status";
import { tables } from "./tables";
import { up } from "./up";
import { uploadCommand } from "./upload";

/** What commands of two words have in common, by their first word. */
export const groups: Readonly<Record<string, string>> = {
  sandbox: "Try things out: a folder of your own for each clearance, emptied after some days",
  source: "Bring in tables of databases: see what is declared, read windows, look at what became of them",
};

/** In the order of `--help`: as one gets to know them. */
export const commands: readonly LakeCommand[] = [
  demo,
  ...[up, status, uploadCommand, quarantine, redrive],
  ...[runs, run, quality, classify],
  ...[ingest, sourceList, sourceRun, sourceBackfill, sourceHistory, sourceAddSample],
  ...[query, tables, describe, history],
  ...[sandboxList, sandboxPut, sandboxGet, sandboxRemove],
  ...[access, plan, guard, apply],
  ...[sample, doctor, logs, env, diagram, down, destroy],
];
