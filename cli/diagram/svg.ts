import { Graph as Layout, layout } from "@dagrejs/dagre";
import type { Graph, Kind, Node } from "./graph";

/** Sizes in pixels. Text is measured by its letters: no font is at hand where this runs. */
const LINE = 16;
const LETTER = 6.6;
const PADDING = 12;
const TITLE = 20;

/** Fill and stroke of each kind; titles and lines are dark on light in any viewer, so the background is drawn as well. */
const LOOKS: Readonly<Record<Kind, readonly [fill: string, stroke: string]>> = {
  bucket: ["#e6f4ea", "#188038"],
  queue: ["#fce8f3", "#b0378a"],
  function: ["#fef0e0", "#c5600c"],
  "state machine": ["#fdf3d8", "#946200"],
  job: ["#e0f5f5", "#0b7285"],
  crawler: ["#e0f5f5", "#0b7285"],
  schedule: ["#f1f3f4", "#5f6368"],
  table: ["#e8eefc", "#2b5fc4"],
  topic: ["#fce8e6", "#c5221f"],
  trail: ["#f3e8fd", "#7b3fc0"],
  database: ["#e8eefc", "#2b5fc4"],
  network: ["#ffffff", "#5f6368"],
};

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Route {
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** Where the label is. */
  readonly x: number;
  readonly y: number;
}

/** The picture as an SVG document. The same graph always makes the same bytes. */
export function svgOf(graph: Graph): string {
  const placed = place(graph);
  const box = (id: string) => placed.node(id) as unknown as Box;
  const { width = 0, height = 0 } = placed.graph() as { width?: number; height?: number };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(width)} ${round(height)}" font-family="sans-serif" font-size="12">`,
    "<title>Accounts, network, zones and flows of the lake</title>",
    `<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#5f6368"/></marker></defs>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    ...graph.accounts.map((account) => frame(box(accountId(account)), `${account} account`, "#f8f9fa", "#9aa0a6")),
    ...graph.nodes
      .filter(isNetwork)
      .flatMap((node) => [frame(box(node.id), "", ...LOOKS.network), text(box(titleId(node)), networkLines(node))]),
    ...edgesOf(graph).map(({ from, to, label }) => arrow(placed.edge(from, to) as unknown as Route, label)),
    ...graph.nodes.filter((node) => !isNetwork(node)).map((node) => card(box(node.id), node)),
    "</svg>",
    "",
  ].join("\n");
}

const isNetwork = ({ kind }: Node) => kind === "network";
const titleId = ({ id }: Node) => `${id} title`;
const accountId = (account: string) => `account ${account}`;
const networkLines = ({ label: [cidr, ...remarks] }: Node) => [`network ${cidr}`, ...remarks];
const textWidth = (lines: readonly string[]) => Math.max(...lines.map((line) => line.length)) * LETTER;

/** Boxes take no arrows in dagre: what leaves or reaches a network does so at its title. */
function edgesOf({ nodes, edges }: Pick<Graph, "nodes" | "edges">): Graph["edges"] {
  const titles = new Map(nodes.filter(isNetwork).map((node) => [node.id, titleId(node)]));
  return edges.map((edge) => ({
    ...edge,
    from: titles.get(edge.from) ?? edge.from,
    to: titles.get(edge.to) ?? edge.to,
  }));
}

/** Lets dagre find a place for everything: accounts and networks are boxes around what is in them. */
function place({ accounts, nodes, edges }: Graph): Layout {
  const layered = new Layout({ compound: true });
  layered.setGraph({ rankdir: "LR", nodesep: 28, ranksep: 56, edgesep: 14, marginx: 16, marginy: TITLE + 16 });
  layered.setDefaultEdgeLabel(() => ({}));
  for (const account of accounts) layered.setNode(accountId(account), {});
  for (const node of nodes) {
    layered.setNode(node.id, isNetwork(node) ? {} : sizeOf(node.label));
    const network = nodes.find((other) => isNetwork(other) && other.account === node.account);
    layered.setParent(node.id, node.isInNetwork && network !== undefined ? network.id : accountId(node.account));
  }
  // Boxes grow with what is in them, not with their titles: a title is a node of its own that stands above nothing.
  for (const node of nodes.filter(isNetwork)) {
    layered.setNode(titleId(node), sizeOf(networkLines(node)));
    layered.setParent(titleId(node), node.id);
  }
  for (const { from, to, label = "" } of edgesOf({ nodes, edges })) {
    layered.setEdge(from, to, { width: label.length * LETTER, height: LINE, labelpos: "c" });
  }
  layout(layered);
  return layered;
}

function sizeOf(lines: readonly string[]): { width: number; height: number } {
  return { width: textWidth(lines) + 2 * PADDING, height: lines.length * LINE + PADDING };
}

/** A box around others, with its title above them. */
function frame({ x, y, width, height }: Box, title: string, fill: string, stroke: string): string {
  const above = title === "" ? 0 : TITLE;
  const [left, top] = [round(x - width / 2), round(y - height / 2 - above)];
  const rect = `<rect x="${left}" y="${top}" width="${round(width)}" height="${round(height + above)}" rx="8" fill="${fill}" stroke="${stroke}"/>`;
  if (title === "") return rect;
  return `${rect}<text x="${left + PADDING}" y="${top + TITLE - 4}" font-size="14" font-weight="bold" fill="#202124">${escaped(title)}</text>`;
}

function card(box: Box, { kind, label }: Node): string {
  const { x, y, width, height } = box;
  const [fill, stroke] = LOOKS[kind];
  const corner = `x="${round(x - width / 2)}" y="${round(y - height / 2)}"`;
  const rect = `<rect ${corner} width="${round(width)}" height="${round(height)}" rx="5" fill="${fill}" stroke="${stroke}"/>`;
  return `${rect}${text(box, label)}`;
}

/** Lines in the middle of a box, the first one in bold. */
function text({ x, y }: Box, lines: readonly string[]): string {
  const first = y - ((lines.length - 1) * LINE) / 2 + 4;
  const spans = lines.map((line, index) => {
    const weight = index === 0 ? ` font-weight="bold"` : "";
    return `<tspan x="${round(x)}" y="${round(first + index * LINE)}"${weight}>${escaped(line)}</tspan>`;
  });
  return `<text text-anchor="middle" fill="#202124">${spans.join("")}</text>`;
}

function arrow({ points, x, y }: Route, label: string | undefined): string {
  const path = points.map((point, index) => `${index === 0 ? "M" : "L"}${round(point.x)} ${round(point.y)}`).join("");
  const line = `<path d="${path}" fill="none" stroke="#5f6368" marker-end="url(#arrow)"/>`;
  if (label === undefined) return line;
  const halo = `stroke="#ffffff" stroke-width="4" paint-order="stroke"`;
  return `${line}<text x="${round(x)}" y="${round(y + 4)}" text-anchor="middle" font-size="10" fill="#5f6368" ${halo}>${escaped(label)}</text>`;
}

const round = (value: number) => Math.round(value);

function escaped(line: string): string {
  return line.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
