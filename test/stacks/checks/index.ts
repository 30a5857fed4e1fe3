import * as access from "./access";
import * as asking from "./asking";
import * as bounds from "./bounds";
import type { Check } from "./check";
import * as clusters from "./clusters";
import * as conditions from "./conditions";
import * as deployments from "./deployments";
import * as detection from "./detection";
import * as entrances from "./entrances";
import * as entry from "./entry";
import * as governance from "./governance";
import * as jobs from "./jobs";
import * as network from "./network";
import * as people from "./people";
import * as policies from "./policies";
import * as recording from "./recording";
import * as records from "./records";
import * as rights from "./rights";
import * as runtime from "./runtime";
import * as sandbox from "./sandbox";
import * as settings from "./settings";
import * as storage from "./storage";
import * as tagging from "./tagging";
import * as watchers from "./watchers";

function isCheck(value: unknown): value is Check {
  return typeof value === "object" && value !== null && "find" in value && "name" in value;
}

/** Every rule, by the name of its constant. */
export const CHECKS: ReadonlyMap<string, Check> = new Map(
  [
    policies,
    access,
    detection,
    watchers,
    records,
    recording,
    bounds,
    deployments,
    rights,
    storage,
    runtime,
    jobs,
    clusters,
    network,
    conditions,
    settings,
    entry,
    people,
    asking,
    entrances,
    sandbox,
    tagging,
    governance,
  ]
    .flatMap((module) => Object.entries(module) as [string, unknown][])
    .filter((entry): entry is [string, Check] => isCheck(entry[1])),
);
