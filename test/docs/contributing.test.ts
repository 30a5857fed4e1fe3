import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copySources, ROOT, shareLayers } from "../support/synthesis";
import { follow, markedBlocks } from "./blocks";

describe("CONTRIBUTING.md", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "lake-docs-"));
    copySources(folder);
    shareLayers(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("its files and commands work, in their order, as they stand", () => {
    const { CDKTF_OUTDIR: _, ...environment } = process.env;
    const blocks = markedBlocks("CONTRIBUTING.md").filter(({ run }) => run !== "local");
    expect(blocks.length).toBeGreaterThanOrEqual(5);
    for (const block of blocks) follow(block, folder, environment);
  }, 120_000);

  test("a command that fails names the document, the line and what it printed", () => {
    const [block] = markedBlocks("Example.md", "text\n\n```sh run\necho seen; false\n```\n");
    expect(() => block && follow(block, folder)).toThrow(/Example\.md:3 does not work[\s\S]*seen/);
  });

  test("a mark that nobody knows is refused", () => {
    expect(() => markedBlocks("Example.md", "```sh rum\nls\n```\n")).toThrow("Example.md:1: nobody knows the mark rum");
  });
});

describe("links between documents", () => {
  const documents = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "local/README.md",
    ...readdirSync(join(ROOT, "docs"))
      .filter((name) => name.endsWith(".md"))
      .map((name) => `docs/${name}`),
  ];

  test.each(documents)("those of %s lead somewhere", (document) => {
    const text = readFileSync(join(ROOT, document), "utf8");
    const targets = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target = ""]) => target);
    expect(targets.filter((target) => !existsSync(join(ROOT, document, "..", target)))).toEqual([]);
  });
});
