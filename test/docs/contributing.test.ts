import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { temporaryFolder } from "../cli/support";
import { copySources, ROOT, shareLayers } from "../support/synthesis";
import { follow, markedBlocks } from "./blocks";

describe.each([
  ["CONTRIBUTING.md", 13],
  ["docs/architecture.md", 1],
])("%s", (document, fewest) => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "lake-docs-"));
    copySources(folder);
    shareLayers(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("its files and commands work, in their order, as they stand", () => {
    const { CDKTF_OUTDIR: _, ...environment } = process.env;
    const blocks = markedBlocks(document).filter(({ run }) => run !== "local");
    expect(blocks.length).toBeGreaterThanOrEqual(fewest);
    for (const block of blocks) follow(block, folder, environment);
  }, 240_000);
});

describe("a marked block", () => {
  const folder = temporaryFolder();

  test("whose command fails names the document, the line and what it printed", () => {
    const [block] = markedBlocks("Example.md", "text\n\n```sh run\necho seen; false\n```\n");
    expect(() => block && follow(block, folder)).toThrow(/Example\.md:3 does not work[\s\S]*seen/);
  });

  test("with a diff changes what is there, and is refused when it is not", () => {
    writeFileSync(join(folder, "a.ts"), "one\n  two\nthree\n");
    const [block] = markedBlocks("Example.md", "```diff edit=a.ts\n-  two\n+  $& 2\n three\n```\n");
    if (block === undefined) throw new Error("there is no block");
    follow(block, folder);
    expect(readFileSync(join(folder, "a.ts"), "utf8")).toBe("one\n  $& 2\nthree\n");
    expect(() => follow(block, folder)).toThrow("Example.md:1 speaks of what is not in");
  });

  test("with a mark that nobody knows is refused", () => {
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
