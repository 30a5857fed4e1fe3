import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { MARK } from "../../cli/plan/markdown";
import { temporaryFolder, writeScript } from "../cli/support";
import { ROOT } from "../support/synthesis";

const folder = temporaryFolder();

/** Calls of GitHub's command line by the script, of which the first finds these comments. */
function comment(known: string): string[] {
  const calls = join(folder, "calls");
  writeFileSync(calls, "");
  writeScript(join(folder, "gh"), `echo "$@" >> ${calls}\ncase "$*" in *--paginate*) printf '%s' '${known}' ;; esac`);
  execFileSync(join(ROOT, "ci", "comment.sh"), ["7", "plan.md"], {
    env: { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}`, GH_REPO: "acme/lake" },
  });
  return readFileSync(calls, "utf8").trim().split("\n");
}

test("the first plan of a pull request is a new comment", () => {
  expect(comment("")[1]).toMatch(/^api --method POST repos\/acme\/lake\/issues\/7\/comments --field body=@plan\.md/);
});

test("the next one takes the place of the first", () => {
  const [search, write] = comment("41\n42\n");
  expect(search).toContain(MARK);
  expect(write).toMatch(/^api --method PATCH repos\/acme\/lake\/issues\/comments\/41 --field body=@plan\.md/);
});
