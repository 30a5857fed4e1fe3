import { z } from "zod";
import { days, label } from "./fields";

const storageClass = z.enum(["STANDARD_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"]);

const transitionsSchema = z.array(z.strictObject({ afterDays: days, storageClass })).superRefine((transitions, ctx) => {
  transitions.forEach(({ afterDays }, index) => {
    const previous = transitions[index - 1]?.afterDays ?? -1;
    if (afterDays > previous) return;
    const message = `must be later than the transition before it (${previous} days)`;
    ctx.addIssue({ code: "custom", path: [index, "afterDays"], input: afterDays, message });
  });
});

const lifecycleSchema = z
  .strictObject({
    /** Moves to cheaper storage classes, in order. @default none */
    transitions: transitionsSchema.default([]),
    /** Objects are deleted after so many days. @default never */
    expireAfterDays: days.optional(),
    /** Overwritten and deleted versions are kept so many days. @default 90 */
    keepOldVersionsDays: days.default(90),
  })
  .superRefine(({ transitions, expireAfterDays = Number.POSITIVE_INFINITY }, ctx) => {
    const last = transitions.at(-1)?.afterDays ?? -1;
    if (expireAfterDays > last) return;
    const message = `must be later than the last transition (${last} days)`;
    ctx.addIssue({ code: "custom", path: ["expireAfterDays"], input: expireAfterDays, message });
  });

const RESERVED_ZONE_NAMES = [
  "access-logs",
  "artifacts",
  "audit",
  "catalog",
  "landing-results",
  "masking",
  "operations",
  "quarantine",
  "query-results",
  "sandbox",
  "state",
];

export const zoneSchema = z.strictObject({
  /** Name of the zone, e.g. `raw`. Changing it replaces the bucket. */
  name: label(16).refine(
    (name) => !RESERVED_ZONE_NAMES.includes(name),
    `must not be one of ${RESERVED_ZONE_NAMES.join(", ")}: the lake has buckets and keys of these names`,
  ),
  /** How long objects stay and where. @default kept for ever in S3 Standard, old versions for 90 days */
  lifecycle: lifecycleSchema.prefault({}),
  /** Extra queues for a part of the zone's new objects, each with its own dead-letter queue. @default none */
  streams: z
    .array(
      z
        .strictObject({
          /** Name of the stream, unique in its zone. */
          name: label(16),
          /** Only keys that start so. @default any */
          prefix: z.string().min(1).optional(),
          /** Only keys that end so. @default any */
          suffix: z.string().min(1).optional(),
        })
        .refine((stream) => stream.prefix !== undefined || stream.suffix !== undefined, "needs a prefix or a suffix"),
    )
    .default([]),
});

/** Each zone and each stream has a queue `<name>` and its dead-letter queue `<name>-dlq`: no two may be the same. */
export const ownQueues = (zones: z.output<typeof zoneSchema>[], ctx: z.RefinementCtx) => {
  const taken = new Set<string>();
  const take = (queue: string, input: string, ...path: PropertyKey[]) => {
    const twin = [queue, `${queue}-dlq`].find((name) => taken.has(name));
    if (twin !== undefined) {
      const message = `makes a second queue ${twin}: every zone and stream needs its own`;
      ctx.addIssue({ code: "custom", path, input, message, params: { fix: "choose another name" } });
    }
    taken.add(queue).add(`${queue}-dlq`);
  };
  zones.forEach(({ name, streams }, zone) => {
    take(name, name, zone, "name");
    for (const [index, stream] of streams.entries()) {
      take(`${name}-${stream.name}`, stream.name, zone, "streams", index, "name");
    }
  });
};

export type ZoneSettings = z.output<typeof zoneSchema>;
export type LifecycleSettings = z.output<typeof lifecycleSchema>;
