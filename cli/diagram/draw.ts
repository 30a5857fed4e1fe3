import { graphOf } from "./graph";
import { mermaidOf } from "./mermaid";
import { svgOf } from "./svg";
import { readResources } from "./synthesized";

/** The picture's files below the root of the project, by their path. */
export type Drawing = ReadonlyMap<string, string>;

/** Draws the stacks that a synthesis for AWS wrote into `folder`. */
export function draw(folder: string): Drawing {
  const graph = graphOf(readResources(folder));
  const page = [
    "# The lake in a picture",
    "",
    "Drawn from the synthesized stacks by `npm run lake -- diagram`; a test fails when it is out of date. As an image: [diagram.svg](diagram.svg).",
    "",
    "```mermaid",
    `${mermaidOf(graph)}\`\`\``,
    "",
  ].join("\n");
  return new Map([
    ["docs/diagram.md", page],
    ["docs/diagram.svg", svgOf(graph)],
  ]);
}
