import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { unzipSync } from "fflate";
import { deterministicZip, filesBelow } from "../../../tools/build/zip";
import { ROOT, testFolder } from "../../support/synthesis";

const name = fc.stringMatching(/^[a-zé][a-z0-9.é-]{0,11}$/);
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
const files = fc.uniqueArray(fc.tuple(path, fc.uint8Array({ maxLength: 200 })), {
  minLength: 1,
  maxLength: 8,
  selector: ([file]) => file,
});

describe("a zip", () => {
  test("holds every file, whatever is in it", () => {
    fc.assert(
      fc.property(files, (entries) => {
        const unzipped = unzipSync(deterministicZip(new Map(entries)));
        return (
          Object.keys(unzipped).length === entries.length &&
          entries.every(([file, content]) => Buffer.compare(content, unzipped[file] ?? Buffer.from("-")) === 0)
        );
      }),
    );
  });

  test("has the same bytes in whatever order the files come", () => {
    fc.assert(
      fc.property(files, (entries) => {
        const [one, other] = [deterministicZip(new Map(entries)), deterministicZip(new Map([...entries].reverse()))];
        return Buffer.compare(one, other) === 0;
      }),
    );
  });

  test("has the same bytes at any time and in any time zone", () => {
    const script = `
      require(${JSON.stringify(join(ROOT, "tools", "typescript.cjs"))});
      const { deterministicZip } = require(${JSON.stringify(join(ROOT, "tools", "build", "zip.ts"))});
      process.stdout.write(Buffer.from(deterministicZip(new Map([["a.js", Buffer.from("1")]]))).toString("hex"));`;
    const zips = ["UTC", "America/New_York", "Pacific/Auckland"].map((zone) =>
      execFileSync(process.execPath, ["-e", script], { env: { ...process.env, TZ: zone }, encoding: "utf8" }),
    );
    expect(new Set(zips).size).toBe(1);
    expect(zips[0]).not.toBe("");
  });

  test("lets everybody read its files: a function does not run as the user who built it", () => {
    const zip = Buffer.from(deterministicZip(new Map([["a.js", Buffer.from("1")]])));
    const directory = zip.indexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02]));
    const UNIX = 3;
    expect(zip.readUInt8(directory + 5)).toBe(UNIX);
    expect((zip.readUInt32LE(directory + 38) >>> 16).toString(8)).toBe("100644");
  });
});

describe("the files below a folder", () => {
  const folder = join(testFolder(), "files-below");

  test("are found at any depth, by paths with forward slashes, and chosen by them", () => {
    mkdirSync(join(folder, "a", "b"), { recursive: true });
    writeFileSync(join(folder, "top.js"), "1");
    writeFileSync(join(folder, "a", "b", "deep.js"), "2");
    writeFileSync(join(folder, "a", "notes.md"), "3");
    symlinkSync(join(folder, "top.js"), join(folder, "a", "link.js"));
    expect([...filesBelow(folder).keys()].sort()).toEqual(["a/b/deep.js", "a/notes.md", "top.js"]);
    const chosen = filesBelow(folder, (file) => file.endsWith(".js"));
    expect([...chosen].map(([file, content]) => [file, Buffer.from(content).toString()]).sort()).toEqual([
      ["a/b/deep.js", "2"],
      ["top.js", "1"],
    ]);
  });
});
