import type { Graph, Kind, Node } from "./graph";

/** Brackets that give a node its shape: https://mermaid.js.org/syntax/flowchart.html#node-shapes */
const SHAPES: Readonly<Record<Exclude<Kind, "network">, readonly [string, string]>> = {
  bucket: ["[(", ")]"],
  queue: ["[[", "]]"],
  function: ["{{", "}}"],
  "state machine": ["([", "])"],
  job: ["[/", "\\]"],
  crawler: ["[\\", "/]"],
  schedule: [">", "]"],
  table: ["[(", ")]"],
  topic: ["((", "))"],
  trail: ["[/", "/]"],
  database: ["[", "]"],
};

/** The picture as text that GitHub and GitLab draw. */
export function mermaidOf({ accounts, nodes, edges }: Graph): string {
  const ids = new Map(nodes.map(({ id }, index) => [id, `n${index}`]));
  const draw = (node: Node, indent: string) => {
    const [open, close] = SHAPES[node.kind as Exclude<Kind, "network">];
    return `${indent}${ids.get(node.id)}${open}"${node.label.join("<br>")}"${close}`;
  };
  const lines = ["flowchart LR"];
  for (const account of accounts) {
    const own = nodes.filter((node) => node.account === account);
    const network = own.find(({ kind }) => kind === "network");
    const inside = own.filter(({ isInNetwork }) => isInNetwork);
    const outside = own.filter(({ isInNetwork, kind }) => !isInNetwork && kind !== "network");
    lines.push(`  subgraph ${account}["${account} account"]`);
    if (network !== undefined) {
      lines.push(`    subgraph ${ids.get(network.id)}["network ${network.label.join("<br>")}"]`);
      lines.push(...inside.map((node) => draw(node, "      ")), "    end");
    }
    lines.push(...outside.map((node) => draw(node, "    ")), "  end");
  }
  for (const { from, to, label } of edges) {
    lines.push(`  ${ids.get(from)} ${label === undefined ? "-->" : `-- ${label} -->`} ${ids.get(to)}`);
  }
  return `${lines.join("\n")}\n`;
}
