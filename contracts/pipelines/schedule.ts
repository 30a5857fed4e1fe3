/**
 * Whether EventBridge Scheduler understands when something is to run.
 * Grammar: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
import { nearest } from "../nearest";

export interface Fault {
  readonly message: string;
  readonly fix: string;
}

interface Field {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  /** Names for the numbers from {@link Field.first} on. */
  readonly names?: readonly string[];
  /** What a value may be beyond numbers, lists, ranges and steps. */
  readonly more?: RegExp;
}

const months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** In their order. */
const fields = [
  { name: "minutes", first: 0, last: 59 },
  { name: "hours", first: 0, last: 23 },
  { name: "day of month", first: 1, last: 31, more: /^(\?|L|LW|L-([1-9]|[12]\d|30)|([1-9]|[12]\d|3[01])W)$/ },
  { name: "month", first: 1, last: 12, names: months },
  {
    name: "day of week",
    first: 1,
    last: 7,
    names: weekdays,
    more: /^(\?|L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(L|#[1-5]))$/,
  },
  { name: "year", first: 1970, last: 2199 },
] as const satisfies readonly Field[];

/** What is wrong with a schedule, or undefined. */
export function scheduleFault(expression: string): Fault | undefined {
  const [, kind, inside = ""] = /^(cron|rate)\((.*)\)$/.exec(expression) ?? [];
  if (kind === "cron") return cronFault(inside);
  if (kind === "rate") return rateFault(inside);
  const bare = expression.trim().split(/\s+/);
  const message = "is no schedule of EventBridge Scheduler";
  if (bare.length === fields.length) return { message, fix: `write \`cron(${bare.join(" ")})\`` };
  // As in a crontab, which has no years and no `?`.
  if (bare.length === 5) return { message, fix: `write \`cron(${fromCrontab(bare)})\`` };
  return { message, fix: "write for example cron(0 6 * * ? *) or rate(1 hour)" };
}

function cronFault(inside: string): Fault | undefined {
  const parts = inside.split(" ");
  if (parts.length !== fields.length) {
    const fix =
      parts.length === 5
        ? `write \`cron(${fromCrontab(parts)})\``
        : `write six, one space apart: ${fields.map(({ name }) => name).join(", ")}`;
    return { message: `has ${parts.length} fields instead of six`, fix };
  }
  for (const [index, field] of fields.entries()) {
    const part = parts[index] ?? "";
    if (!isValue(part, field)) return { message: `has ${part} as ${field.name}`, fix: fieldFix(field) };
  }
  const [dayOfMonth, dayOfWeek] = [parts[2], parts[4]];
  if ((dayOfMonth === "?") === (dayOfWeek === "?")) {
    const fix = "write `?` in exactly one of the two, as in cron(0 6 * * ? *)";
    return { message: "must leave either the day of the month or the day of the week open", fix };
  }
  return undefined;
}

function rateFault(inside: string): Fault | undefined {
  const [, count = "", unit = ""] = /^(\d+) (minute|hour|day)s?$/.exec(inside) ?? [];
  if (Number(count) < 1) {
    return { message: "is no rate", fix: "write for example rate(30 minutes), rate(1 hour) or rate(2 days)" };
  }
  const wanted = `${Number(count)} ${unit}${Number(count) === 1 ? "" : "s"}`;
  return inside === wanted ? undefined : { message: "is no rate", fix: `write \`rate(${wanted})\`` };
}

function isValue(text: string, field: Field): boolean {
  return text.split(",").every((item) => {
    if (field.more?.test(item) === true) return !text.includes(",");
    const [range = "", step, ...rest] = item.split("/");
    if (rest.length > 0 || (step !== undefined && !/^[1-9]\d*$/.test(step))) return false;
    if (range === "*") return true;
    const bounds = range.split("-").map((bound) => numberOf(bound, field));
    const [low = Number.NaN, high = low] = bounds;
    return bounds.length <= 2 && low >= field.first && high <= field.last && low <= high;
  });
}

function numberOf(text: string, { names = [], first }: Field): number {
  const index = names.indexOf(text);
  return index >= 0 ? index + first : /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

function fieldFix({ name, first, last, names }: Field): string {
  const named = names === undefined ? "" : ` or ${names[0]} to ${names.at(-1)}`;
  return `write ${first} to ${last}${named}, a list, a range, a step or * as ${name}`;
}

/** `0 6 * * *` -> `0 6 * * ? *`. Days of the week are numbered from Sunday = 0 there and from Sunday = 1 here. */
function fromCrontab([minutes, hours, dayOfMonth = "*", month, dayOfWeek = "*"]: readonly string[]): string {
  const shifted = dayOfWeek.replaceAll(/(?<![/#\d])\d/g, (day) => String((Number(day) % 7) + 1));
  const days = dayOfWeek === "*" ? [dayOfMonth, "?"] : ["?", shifted];
  return [minutes, hours, days[0], month, days[1], "*"].join(" ");
}

/** What is wrong with the name of a time zone, or undefined. */
export function timeZoneFault(name: string): Fault | undefined {
  const message = "is no IANA time zone";
  const known = Intl.supportedValuesOf("timeZone");
  const resolved = resolveTimeZone(name);
  if (resolved === undefined || !/^[A-Z]/i.test(name)) {
    const meant = nearest(name, ["UTC", ...known]);
    return { message, fix: meant === undefined ? "write for example Europe/Berlin or UTC" : `write \`${meant}\`` };
  }
  const isMisspelt = resolved !== name && resolved.toLowerCase() === name.toLowerCase();
  return isMisspelt ? { message, fix: `write \`${resolved}\`` } : undefined;
}

function resolveTimeZone(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
