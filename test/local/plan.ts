import { execFile } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Finding, Verdict } from "../../cli/guard/guard";
import type { AppliedPlans } from "../../cli/plan/apply";
import type { DescribedChange } from "../../cli/plan/changes";
import { unlistedCalls } from "../stacks/plan-calls";
import { copyProject } from "./project";
import type { Ended, FailureDocument, inOrder, Sandbox } from "./sandbox";

interface PlanDocument {
  readonly folder: string;
  readonly digest: string;
  readonly isEmpty: boolean;
  readonly stacks: readonly { readonly stack: string; readonly changes: readonly DescribedChange[] }[];
}

/** The project in a folder of its own, whose files can be changed and whose commands reach the same lake. */
class Project {
  readonly folder: string;

  constructor(private readonly sandbox: Sandbox) {
    this.folder = copyProject(join(sandbox.home, "planned"));
  }

  /** Changes files of the project; each text that is to be replaced must be there. */
  edit(...edits: readonly (readonly [file: string, from: string, to: string])[]): void {
    for (const [file, from, to] of edits) {
      const text = readFileSync(join(this.folder, file), "utf8");
      expect(text).toContain(from);
      writeFileSync(join(this.folder, file), text.replace(from, to));
    }
  }

  async lake<T = FailureDocument>(...args: string[]): Promise<Ended<T>> {
    return lake(this.folder, this.sandbox.env, args);
  }

  async plan(out: string): Promise<PlanDocument> {
    const folder = join(this.sandbox.home, out);
    const env = { ...this.sandbox.env, TF_LOG_PROVIDER: "DEBUG", TF_LOG_PATH: `${folder}.log` };
    const { code, document } = await lake<PlanDocument>(this.folder, env, [
      "plan",
      "--account",
      "prod",
      "--no-bootstrap",
      "--out",
      folder,
      "--markdown",
      `${folder}.md`,
    ]);
    if (code !== 0) throw new Error(JSON.stringify(document));
    return document;
  }
}

function lake<T>(cwd: string, env: NodeJS.ProcessEnv, args: readonly string[]): Promise<Ended<T>> {
  return new Promise((resolve) => {
    const options = { cwd, env, maxBuffer: 2 ** 28 };
    const child = execFile(process.execPath, ["tools/lake.mjs", ...args, "--json"], options, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, document: JSON.parse(stdout) as T, stderr }),
    );
  });
}

/** From a change to its deployment, the way that build servers go. */
export function planTests(sandbox: Sandbox, step: ReturnType<typeof inOrder>): void {
  let project: Project;
  let harmless: PlanDocument;

  step("a harmless change is planned by the role that may only read, and passes the guard", async () => {
    project = new Project(sandbox);
    project.edit(["accounts/prod.ts", 'kind: "lake",', 'kind: "lake",\n  intake: { memoryMb: 1024 },']);
    harmless = await project.plan("harmless");
    const changes = harmless.stacks.flatMap((stack) => stack.changes);
    expect(changes).toEqual([
      {
        address: expect.stringMatching(/^aws_lambda_function\./),
        action: "update",
        attributes: expect.arrayContaining([{ path: "memory_size", before: "2048", after: "1024" }]),
      },
    ]);
    expect(profiles(sandbox)).toContain("role/lake-prod-plan\n");
    // The local AWS lets every role do everything: on AWS, the plan role may do what stands in the list.
    expect(unlistedCalls(readFileSync(`${harmless.folder}.log`, "utf8"))).toEqual([]);
    const { code, document } = await project.lake<Verdict>("guard", harmless.folder);
    expect({ code, document }).toEqual({ code: 0, document: { passes: true, findings: [], notes: [] } });
  });

  step("a plan that is not the one that was reviewed is refused", async () => {
    const otherDigest = await project.lake("apply", harmless.folder, "--digest", "0".repeat(64));
    expect(otherDigest.code).toBe(2);
    expect(otherDigest.document.error.message).toContain("This is not the plan that was reviewed");

    const file = join(harmless.folder, "prod.tfplan");
    const original = readFileSync(file);
    appendFileSync(file, "x");
    const spoilt = await project.lake("apply", harmless.folder);
    writeFileSync(file, original);
    expect(spoilt.code).toBe(2);
    expect(spoilt.document.error.message).toContain("prod.tfplan is not the file that was planned");
    expect(spoilt.document.error.message).toContain("nothing was changed");

    // Without the change that was planned the configuration is another one.
    const otherConfiguration = await sandbox.lake("apply", harmless.folder);
    expect(otherConfiguration.code).toBe(2);
    expect(otherConfiguration.document.error.message).toContain("made of another configuration");
  });

  step("the reviewed plan is applied by the role that deploys, and only once", async () => {
    const { code, document } = await project.lake<AppliedPlans>("apply", harmless.folder, "--digest", harmless.digest);
    const nothing = { added: 0, changed: 0, removed: 0 };
    expect({ code, stacks: document.stacks }).toEqual({
      code: 0,
      stacks: [
        { stack: "security", ...nothing },
        { stack: "prod", ...nothing, changed: 1 },
      ],
    });
    expect(profiles(sandbox)).toContain("role/lake-prod-deploy\n");
    const again = await project.lake("apply", harmless.folder);
    expect(again.code).toBe(1);
    expect(again.document.error.message).toContain("The plan of the stack prod is stale");
  });

  step(
    "the guard refuses a renamed zone, a zone that is gone and keys without rotation, and says how to proceed",
    async () => {
      project.edit(
        ["accounts/prod.ts", '{ name: "refined" }', '{ name: "trusted" }'],
        ["accounts/prod.ts", '    { name: "curated" },\n', ""],
        ["modules/keys/key.ts", "enableKeyRotation: true", "enableKeyRotation: false"],
      );
      const renamed = await project.plan("renamed");
      const { code, document } = await project.lake<Verdict>("guard", renamed.folder);
      expect({ code, passes: document.passes }).toEqual({ code: 3, passes: false });
      const found = (rule: string, address: RegExp) =>
        document.findings.filter((finding) => finding.rule === rule && address.test(finding.address));
      for (const zone of ["refined", "curated"]) {
        expect(found("delete", new RegExp(`^aws_s3_bucket\\..*${zone}`))).toEqual([
          expect.objectContaining<Partial<Finding>>({ stack: "prod", how: expect.stringContaining("moveFromId") }),
        ]);
        expect(found("delete", new RegExp(`^aws_(kms_key|sqs_queue)\\..*${zone}`)).length).toBeGreaterThan(2);
      }
      expect(found("rotation", /^aws_kms_key\..*operations/)).toEqual(
        ["security", "prod"].map((stack) =>
          expect.objectContaining({ stack, what: "enable_key_rotation: true -> false" }),
        ),
      );
      const refused = await project.lake("apply", renamed.folder);
      expect(refused.code).toBe(2);
      expect(refused.document.error.message).toMatch(
        /Nothing was changed\..*REFUSED by delete: .*prod: aws_s3_bucket/s,
      );
    },
  );

  step("the same zone under a new name in the code passes when the plan is told that it has moved", async () => {
    const kept = '(zone.name === "trusted" ? "refined" : zone.name)';
    project.edit(
      ["accounts/prod.ts", '{ name: "trusted" },\n', '{ name: "trusted" },\n    { name: "curated" },\n'],
      ["modules/keys/key.ts", "enableKeyRotation: false", "enableKeyRotation: true"],
      ["stacks/lake.ts", "names.of(zone.name)", `names.of(${kept})`],
      ["stacks/lake.ts", "names.bucket(zone.name)", `names.bucket(${kept})`],
    );
    const renamed = await project.plan("renamed-again");
    const before = addresses(join(sandbox.outdir, "stacks", "prod", "cdk.tf.json"));
    const after = addresses(join(renamed.folder, "prod.tf.json"));
    const moved = after
      .filter((address) => address.includes("_trusted_"))
      .map((to) => ({ from: before.find((from) => plain(from) === plain(to).replace("_trusted", "_refined")), to }));
    project.edit([
      "stacks/lake.ts",
      "    addRecords(",
      `    this.addOverride("moved", ${JSON.stringify(moved)});\n    addRecords(`,
    ]);
    const { folder, stacks } = await project.plan("moved");
    const changes = stacks.flatMap((stack) => stack.changes);
    expect(changes.filter(({ action }) => !["move", "update"].includes(action))).toEqual([]);
    expect(changes.filter(({ from }) => from !== undefined)).toHaveLength(moved.length);
    const { code, document } = await project.lake<Verdict>("guard", folder);
    expect({ code, findings: document.findings }).toEqual({ code: 0, findings: [] });
  });
}

/** Where the profiles led in the last run of Terraform. */
function profiles(sandbox: Sandbox): string {
  return readFileSync(join(sandbox.paths.planning, "aws", "config"), "utf8");
}

/** Addresses in a synthesized configuration. */
function addresses(file: string): string[] {
  const { resource } = JSON.parse(readFileSync(file, "utf8")) as { resource: Record<string, Record<string, object>> };
  return Object.entries(resource).flatMap(([type, blocks]) => Object.keys(blocks).map((name) => `${type}.${name}`));
}

/** Without the hash of the path. */
function plain(address: string): string {
  return address.replace(/_[0-9A-F]{8}$/, "");
}
