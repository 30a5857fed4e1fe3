/** Reads and checks all pipelines: for builds and tools, not for functions at run time (see `deserializePipelines`). */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import type { ColumnType } from "../column-types";
import type { Contracts } from "../contract";
import { readDocument } from "../document";
import { entries, folders } from "../folders";
import { normalizeName } from "../names";
import { ConfigurationError, keysOf, type Problem, sortProblems, zodProblems } from "../problems";
import { namePattern } from "../schema";
import type { Pipeline } from "./pipeline";
import { pipelineProblems, type Surroundings } from "./rules";
import { pipelineSchema } from "./schema";

/**
 * Reads `<root>/domains/<domain>/pipelines/<pipeline>/config.yml` and looks at the transform.py beside it.
 * @param root the repository
 * @param contracts what pipelines may read
 * @returns all pipelines, ordered by id
 * @throws ConfigurationError with every problem of every pipeline
 */
export function loadPipelines(root: string, contracts: Contracts): readonly Pipeline[] {
  const places = folders(root, "domains").flatMap((domain) =>
    entries(root, `domains/${domain}/pipelines`)
      .filter((name) => !name.startsWith(".") && name !== "README.md")
      .map((name) => ({ domain, name, folder: `domains/${domain}/pipelines/${name}` })),
  );
  const surroundings = { contracts, pipelines: places.map(({ domain, name }) => `${domain}/${name}`) };
  const read = places.map((place) => readPipeline(root, place, surroundings));
  ConfigurationError.check(read.flatMap(({ problems }) => problems));
  return read.flatMap(({ pipeline }) => (pipeline === undefined ? [] : [pipeline]));
}

interface Place {
  readonly domain: string;
  readonly name: string;
  /** Path of its folder from the root. */
  readonly folder: string;
}

interface Reading {
  readonly problems: readonly Problem[];
  readonly pipeline?: Pipeline;
}

const knownKeys = keysOf(pipelineSchema);

function readPipeline(root: string, place: Place, surroundings: Surroundings): Reading {
  const { folder } = place;
  if (!statSync(join(root, folder)).isDirectory()) {
    return { problems: [{ file: folder, path: "", message: "is no pipeline", fix: "move it elsewhere" }] };
  }
  const names = nameProblems(place, surroundings.contracts);
  const code = `${folder}/transform.py`;
  const around = [...names, ...codeProblems(code, textOf(root, code))];
  const file = `${folder}/config.yml`;
  const text = textOf(root, file);
  if (text === undefined) {
    const hasOther = textOf(root, `${folder}/config.yaml`) !== undefined;
    const fix = hasOther ? "rename config.yaml to config.yml" : "write it, or remove the folder";
    return { problems: [...around, { file, path: "", message: "is missing", fix }] };
  }
  const { problems, pipeline } = parsePipeline(text, place, surroundings);
  return { problems: [...around, ...problems], pipeline };
}

/** One pipeline from the text of its config.yml, with its problems and their lines. */
export function parsePipeline(text: string, place: Place, surroundings: Surroundings): Reading {
  const file = `${place.folder}/config.yml`;
  const { input, faults, locate } = readDocument(file, text);
  if (faults.length > 0) return { problems: faults };
  const result = pipelineSchema.safeParse(input);
  const found = [
    ...(result.success ? [] : zodProblems(file, result.error, input, knownKeys)),
    ...pipelineProblems(file, input, surroundings),
  ];
  return {
    problems: sortProblems(found.map(locate)),
    ...(result.success ? { pipeline: pipelineOf(place, result.data) } : {}),
  };
}

function pipelineOf({ domain, name, folder }: Place, parsed: z.output<typeof pipelineSchema>): Pipeline {
  const { columns, start, freshness, ...rest } = parsed;
  return {
    id: `${domain}/${name}`,
    domain,
    name,
    ...rest,
    columns: Object.entries(columns).map(([column, { type, ...said }]) => ({
      name: column,
      type: type.replace(" ", "") as ColumnType,
      ...said,
      classification: parsed.classification,
    })),
    ...(freshness === undefined ? {} : { freshness }),
    start: {
      onInputs: start.on === "inputs",
      ...(start.schedule === undefined ? {} : { schedule: start.schedule }),
    },
    code: `${folder}/transform.py`,
  };
}

function nameProblems({ domain, name, folder }: Place, contracts: Contracts): Problem[] {
  const misnamed = [domain, name].filter((part) => !namePattern.test(part));
  const clash = contracts.find(({ id }) => id === `${domain}/${name}`);
  return [
    ...misnamed.map((part) => {
      const fix = `rename it to ${normalizeName(part)}`;
      return { file: folder, path: "", value: part, message: "is no lower snake case name", fix };
    }),
    ...(clash === undefined
      ? []
      : [
          {
            file: folder,
            path: "",
            value: name,
            message: `is a dataset of ${domain}, too`,
            fix: "choose another name",
          },
        ]),
  ];
}

function codeProblems(file: string, code: string | undefined): Problem[] {
  const fix = "write `def transform(inputs: Mapping[str, DataFrame]) -> DataFrame:`";
  if (code === undefined) return [{ file, path: "", message: "is missing", fix }];
  return /^def transform\(/m.test(code) ? [] : [{ file, path: "", message: "defines no function transform", fix }];
}

function textOf(root: string, file: string): string | undefined {
  try {
    return readFileSync(join(root, file), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
