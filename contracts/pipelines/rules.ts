/** Rules between the parts of a config.yml, its code and the contracts: named rules that all report. */
import { z } from "zod";
import type { Contracts } from "../contract";
import { isMasked } from "../layers";
import { nearest } from "../nearest";
import { formatPath, type Problem } from "../problems";
import { columnNames, type Finding, keyColumns, type NamedColumns, qualityRules } from "../rules";
import { martColumnSchema } from "./schema";

/** As much of a config.yml as could be read: rules also run on files that have other problems. */
interface Draft extends NamedColumns {
  readonly inputs: readonly string[];
  readonly clear: readonly string[];
  readonly key: readonly string[];
  readonly quality: readonly string[];
  readonly start: { readonly on?: unknown; readonly schedule?: unknown };
}

/** What lies around the pipeline. */
export interface Surroundings {
  readonly contracts: Contracts;
  /** Ids of all pipelines. */
  readonly pipelines: readonly string[];
}

type Rule = (draft: Draft, surroundings: Surroundings) => Finding[];

const record = z.record(z.string(), z.unknown());
const texts = z.array(z.string());

/** Problems within one config.yml, and of what it names. */
export function pipelineProblems(file: string, input: unknown, surroundings: Surroundings): Problem[] {
  const draft = draftOf(input);
  return rules.flatMap((rule) =>
    rule(draft, surroundings).map(({ path, ...finding }) => ({ file, path: formatPath(path), ...finding })),
  );
}

function draftOf(input: unknown): Draft {
  const raw = record.safeParse(input).data ?? {};
  const columns = Object.entries(record.safeParse(raw.columns).data ?? {});
  return {
    inputs: texts.safeParse(raw.inputs).data ?? [],
    clear: texts.safeParse(raw.clear).data ?? [],
    key: texts.safeParse(raw.key).data ?? [],
    columns: new Map(columns.map(([name, column]) => [name, martColumnSchema.safeParse(column).data])),
    quality: texts.safeParse(raw.quality).data ?? [],
    start: record.safeParse(raw.start).data ?? {},
  };
}

const inputsAreDatasets: Rule = ({ inputs }, { contracts, pipelines }) =>
  inputs.flatMap((input, index): Finding[] => {
    const found = { path: ["inputs", index], value: input };
    if (inputs.indexOf(input) < index) return [{ ...found, message: "is listed twice", fix: "remove one" }];
    const datasets = contracts.map(({ id }) => id);
    if (datasets.includes(input)) return [];
    if (pipelines.includes(input)) {
      return [{ ...found, message: "is a pipeline, and pipelines read datasets only", fix: "name its own inputs" }];
    }
    return [{ ...found, message: "is no dataset", fix: choiceFix(input, datasets) }];
  });

const clearInputsAreMaskedInputs: Rule = ({ clear, inputs }, { contracts }) =>
  clear.flatMap((id, index): Finding[] => {
    const found = { path: ["clear", index], value: id };
    if (clear.indexOf(id) < index) return [{ ...found, message: "is listed twice", fix: "remove one" }];
    if (!inputs.includes(id)) return [{ ...found, message: "is not among the inputs", fix: choiceFix(id, inputs) }];
    const contract = contracts.find((one) => one.id === id);
    if (contract === undefined || isMasked(contract)) return [];
    const message = "has no masked columns, so there is no unmasked table of it";
    return [{ ...found, message, fix: "remove it: as one of the inputs it is read whole" }];
  });

const scheduleIsSaid: Rule = ({ start }) =>
  start.on === "schedule" && start.schedule === undefined
    ? [
        {
          path: ["start", "schedule"],
          message: "is missing, and nothing else starts the pipeline",
          fix: 'add { cron: "cron(0 6 * * ? *)", timezone: Europe/Berlin }, or start on inputs',
        },
      ]
    : [];

const rules: readonly Rule[] = [
  inputsAreDatasets,
  clearInputsAreMaskedInputs,
  scheduleIsSaid,
  columnNames,
  keyColumns,
  qualityRules,
];

function choiceFix(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  if (meant !== undefined) return `write \`${meant}\``;
  return known.length === 0 ? "remove it" : `use one of: ${known.join(", ")}`;
}
