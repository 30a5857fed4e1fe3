import { z } from "zod";
import { landing } from "../../contracts/layout";
import { scheduleFault } from "../../contracts/pipelines/schedule";

/** How files are described that no contract declares: those below `landing/` of the first zone. */
export const landingSchema = z.strictObject({
  /**
   * When what has arrived since the last time is crawled, as a cron expression of Glue, which knows UTC only:
   * `cron(30 6 * * ? *)`. Crawls without new files cost nothing. @default at each full hour
   */
  schedule: z
    .string()
    .superRefine((input, ctx) => {
      const fault = scheduleFault(input) ?? rateFault(input);
      if (fault) ctx.addIssue({ code: "custom", input, message: fault.message, params: { fix: fault.fix } });
    })
    .default("cron(0 * * * ? *)"),
});

/** Crawlers have no rates: https://docs.aws.amazon.com/glue/latest/dg/monitor-data-warehouse-schedule.html */
function rateFault(expression: string): { message: string; fix: string } | undefined {
  if (!expression.startsWith("rate(")) return undefined;
  return { message: "is a rate, and crawlers go by cron only", fix: "write for example cron(0 * * * ? *)" };
}

/** Part of the physical names of the crawler and its queue, and that of the answers to questions about its tables. */
export const LANDING_NAMES = { crawler: `${landing}-crawler`, results: `${landing}-results` } as const;

interface Zones {
  readonly zones: readonly { readonly name: string; readonly streams: readonly { readonly name: string }[] }[];
  readonly landing: false | object;
}

/** A crawler needs the surroundings of jobs, which a third zone brings, and a queue of its own. */
export function landingFits({ zones, landing: setting }: Zones, ctx: z.RefinementCtx): void {
  if (setting === false) return;
  const issue = (path: PropertyKey[], input: unknown, message: string, fix: string) =>
    ctx.addIssue({ code: "custom", path, input, message, params: { fix } });
  if (zones.length < 3) {
    const message = `needs a third zone: a lake of ${zones.length} has neither jobs nor questions`;
    issue(["landing"], setting, message, "set landing: false, or add a zone");
  }
  const queue = LANDING_NAMES.crawler;
  zones.forEach(({ name, streams }, zone) => {
    const message = `makes a second queue ${queue}: the crawler of undeclared files has it`;
    if (name === queue) issue(["zones", zone, "name"], name, message, "choose another name");
    for (const [index, stream] of streams.entries()) {
      if (`${name}-${stream.name}` !== queue) continue;
      issue(["zones", zone, "streams", index, "name"], stream.name, message, "choose another name");
    }
  });
}
