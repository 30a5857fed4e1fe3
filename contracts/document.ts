/** A YAML file of the configuration, and the lines on which its parts stand. */
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { type Problem, parsePath } from "./problems";

export interface ConfigurationDocument {
  /** What the file says; undefined when it is no YAML. */
  readonly input: unknown;
  /** Why it is no YAML, each with its line. */
  readonly faults: readonly Problem[];
  /** The problem with the line of what its path names; for what is missing, the line where it would have to be added. */
  readonly locate: (problem: Problem) => Problem;
}

export function readDocument(file: string, text: string): ConfigurationDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => `${file}:${lines.linePos(offset).line}`;
  return {
    input: document.errors.length > 0 ? undefined : document.toJS(),
    faults: document.errors.map(({ message, pos }) => {
      const fix = "correct the YAML: editors mark the place";
      return { file: at(pos[0]), path: "", message, fix };
    }),
    locate: (problem) => ({ ...problem, file: at(offsetOf(document.contents, parsePath(problem.path))) }),
  };
}

/** Where in the text a path stands; for what is missing, where it would have to be added. */
function offsetOf(node: unknown, [step, ...rest]: readonly PropertyKey[]): number {
  const start = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  if (step === undefined) return start;
  if (isSeq(node)) return typeof step === "number" ? offsetOf(node.items[step], rest) : start;
  if (!isMap(node)) return start;
  const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
  if (pair === undefined) return start;
  return rest.length === 0 ? offsetOf(pair.key, []) : offsetOf(pair.value, rest);
}
