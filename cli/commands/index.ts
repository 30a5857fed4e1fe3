import type { LakeCommand } from "../command";
import { apply } from "./apply";
import { demo } from "./demo";
import { describe } from "./describe";
import { destroy } from "./destroy";
import { diagram } from "./diagram";
import { doctor } from "./doctor";
import { down } from "./down";
import { env } from "./env";
import { guard } from "./guard";
import { history } from "./history";
import { logs } from "./logs";
import { plan } from "./plan";
import { quality } from "./quality";
import { quarantine } from "./quarantine";
import { query } from "./query";
import { redrive } from "./redrive";
import { run } from "./run";
import { runs } from "./runs";
import { sample } from "./sample";
import { status } from "./status";
import { tables } from "./tables";
import { up } from "./up";
import { uploadCommand } from "./upload";

/** In the order of `--help`: as one gets to know them. */
export const commands: readonly LakeCommand[] = [
  demo,
  ...[up, status, uploadCommand, quarantine, redrive],
  ...[runs, run, quality],
  ...[query, tables, describe, history],
  ...[plan, guard, apply],
  ...[sample, doctor, logs, env, diagram, down, destroy],
];
