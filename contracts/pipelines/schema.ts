/** The shape of a pipeline's config.yml; everything that needs more than one place to decide is in rules.ts. */
import { z } from "zod";
import { classifications } from "../contract";
import { columnSchema, contractSchema } from "../schema";
import { scheduleFault, timeZoneFault } from "./schedule";

const contract = contractSchema.shape;

/** A text that a function finds fault with, as a problem with a fix. */
export function checkedBy(find: (text: string) => { message: string; fix: string } | undefined) {
  return z.string().superRefine((text, context) => {
    const fault = find(text);
    if (fault !== undefined) {
      context.addIssue({ code: "custom", message: fault.message, params: { fix: fault.fix }, input: text });
    }
  });
}

/** One column of a mart: what else a dataset's column may say is either checked by quality rules or decided by the mart. */
export const martColumnSchema = z.strictObject({
  type: columnSchema.shape.type,
  description: columnSchema.shape.description,
  required: z.boolean().default(false).describe("A mart with a row that has no value here is not published."),
});

/** When something runs by the clock. */
export const scheduleSchema = z.strictObject({
  cron: checkedBy(scheduleFault).describe("As EventBridge Scheduler has it: cron(0 6 * * ? *) or rate(1 hour)."),
  timezone: checkedBy(timeZoneFault).default("UTC").describe("The IANA time zone of cron, e.g. Europe/Berlin."),
});

/** A whole config.yml. */
export const pipelineSchema = z
  .strictObject({
    description: z.string().min(1).describe("What one row of the mart is, in a sentence."),
    owner: z.email().describe("The e-mail address of the team that answers for the mart."),
    inputs: z.array(z.string()).min(1).describe("The datasets that it reads, each as <domain>/<dataset>."),
    clear: z.array(z.string()).default([]).describe("Those of the inputs whose unmasked values it needs."),
    key: z.array(z.string()).min(1).describe("The columns which together identify a row of the mart."),
    classification: z.enum(classifications).describe("Who may read the mart: people with at least this clearance."),
    columns: z
      .record(z.string(), martColumnSchema)
      .refine((columns) => Object.keys(columns).length > 0, "must name at least one column")
      .describe("The columns in the order of the mart's table."),
    quality: contract.quality,
    freshness: contract.freshness.describe("How old the mart may be, e.g. 24h."),
    start: z
      .strictObject({
        on: z
          .enum(["inputs", "schedule"])
          .describe("inputs: whenever an input has changed and all are complete; schedule: only by the clock."),
        schedule: scheduleSchema.optional().describe("When it runs by the clock; beside inputs, in addition to them."),
      })
      .default({ on: "inputs" })
      .describe("When it runs."),
  })
  .meta({ title: "Pipeline", description: "One mart of the lake: domains/<domain>/pipelines/<pipeline>/config.yml" });

/** The published JSON Schema with which editors complete and check config.yml. */
export function pipelineJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(pipelineSchema, { io: "input" }), undefined, 2)}\n`;
}
