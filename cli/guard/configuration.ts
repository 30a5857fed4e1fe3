import type { JsonObject } from "../plan/plan-json";

/** As much of a stack's synthesized configuration as the guard has to know. */
export interface Configuration {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;
}
