import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { Names } from "../../accounts/model/naming";
import type { Account } from "../../accounts/model/schema";
import { roleEntry } from "../../cli/aws";
import type { Deployed } from "../../cli/deploy";
import { checkEntries } from "../../cli/preflight";
import { type inOrder, type Sandbox, until } from "./sandbox";

type Step = ReturnType<typeof inOrder>;

/** From nothing to a deployed lake, with everything that can go wrong on the way. */
export function deploymentTests(sandbox: Sandbox, step: Step): void {
  const { organization, lakes, security } = sandbox.inside.accounts;
  const [prod] = lakes;
  if (prod === undefined) throw new Error("there is no lake");
  const names = new Names(organization, prod);

  /** Works on buckets of an account as its administrator. */
  async function asAdministrator<T>(account: Account, work: (s3: S3Client) => Promise<T>) {
    const s3 = new S3Client({ ...(await sandbox.administrator(account)), forcePathStyle: true });
    return work(s3).finally(() => s3.destroy());
  }

  step("a bootstrap that is interrupted leaves nothing half made", async () => {
    // With a database, which is remembered: all that follows keeps to it.
    const child = sandbox.start("up", "--with-database");
    let stderr = "";
    child.stderr?.on("data", (data: Buffer) => {
      stderr += data.toString();
    });
    await until(() => stderr.includes("Stack bootstrap"), 300);
    await until(async () => (await sandbox.resources()).length > 4, 300);
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([130, null]);
    expect(stderr).toContain("Finishing what is under way");
    // Its bucket is there, its state is not in it yet.
    expect(existsSync(join(sandbox.paths.states, "local", "bootstrap.tfstate"))).toBe(true);
  });

  step("a failure names the resource; what was made is kept", async () => {
    // Somebody else's bucket has the name: the one thing in all of AWS for which names can clash.
    const bucket = { Bucket: names.bucket("quarantine") };
    const CreateBucketConfiguration = { LocationConstraint: "eu-west-1" } as const;
    await asAdministrator(prod, (s3) => s3.send(new CreateBucketCommand({ ...bucket, CreateBucketConfiguration })));
    const { code, document, stderr } = await sandbox.lake("up");
    expect(code).toBe(1);
    expect(document.error.message).toContain("Terraform could not apply the stack prod.");
    expect(document.error.message).toMatch(/aws_s3_bucket\.\w*quarantine\w*\n.*lake-prod-quarantine/s);
    expect(document.error.fix).toContain("the same command continues from here");
    // The bootstrap of the first attempt was continued, not begun again.
    expect(stderr).toContain("runs already");
    expect(stderr).toContain("Stack bootstrap: no changes");
    await asAdministrator(prod, (s3) => s3.send(new DeleteBucketCommand(bucket)));
  });

  step("the same command continues from there", async () => {
    const document = await sandbox.succeed<Deployed>("up");
    expect(document).toMatchObject({ target: "local", startedAfresh: false });
    expect(document.stacks.map(({ stack }) => stack)).toEqual(["bootstrap", "security", "prod"]);
    expect(document.stacks[0]).toMatchObject({ added: 0, changed: 0, removed: 0 });
    expect(document.stacks[2]?.added).toBeGreaterThan(0);
  });

  step("a role is refused to whoever does not know the external id, and every refusal is told at once", async () => {
    const target = await sandbox.inside.target();
    const stranger = { ...organization, externalId: "somebody-else" };
    const entries = [security, prod].map((account) => roleEntry(stranger, account, "deploy"));
    await expect(checkEntries(target, stranger, entries)).rejects.toThrow(
      /2 of 2 roles cannot be used; nothing was changed\..*security: .*lake-security-deploy.*prod: .*lake-prod-deploy/s,
    );
    const known = [security, prod].map((account) => roleEntry(organization, account, "deploy"));
    await expect(checkEntries(target, organization, known)).resolves.toBeUndefined();
  });

  step("a role that leads to another account than expected is refused", async () => {
    const target = await sandbox.inside.target();
    const moved = { ...roleEntry(organization, prod, "deploy"), account: { ...prod, id: "999999999999" } };
    await expect(checkEntries(target, organization, [moved])).rejects.toThrow(
      /leads to account 333333333333, not 999999999999/,
    );
  });

  step("a stack that somebody else is changing is left alone", async () => {
    const bucket = new Names(organization, security).stateBucket;
    const lock = { Bucket: bucket, Key: `${security.name}/terraform.tfstate.tflock` };
    const Body = JSON.stringify({
      ID: "1f2e",
      Operation: "apply",
      Who: "ann@host",
      Version: "1.11.4",
      Created: "2026-11-21T10:00:00Z",
    });
    await asAdministrator(security, (s3) => s3.send(new PutObjectCommand({ ...lock, Body })));
    const { code, document } = await sandbox.lake("up", "--no-bootstrap");
    await asAdministrator(security, (s3) => s3.send(new DeleteObjectCommand(lock)));
    expect(code).toBe(1);
    expect(document.error.message).toMatch(/The stack security is being changed by somebody else.*ann@host/);
    expect(document.error.fix).toContain("force-unlock -force 1f2e");
  });
}

/** Back to nothing. */
export function destructionTests(sandbox: Sandbox, step: Step): void {
  step("destroy leaves nothing in any account", async () => {
    const document = await sandbox.succeed<{ stacks: { stack: string; removed: number }[] }>("destroy", "--yes");
    // The stock tools have removed all but the last.
    expect(document.stacks).toMatchObject([
      { stack: "prod", removed: 0 },
      { stack: "security", removed: 0 },
      { stack: "bootstrap", removed: expect.any(Number) },
    ]);
    expect(document.stacks.at(-1)?.removed).toBeGreaterThan(0);
    expect(await sandbox.resources()).toEqual([]);
  });

  step("destroying again has nothing to do", async () => {
    const document = await sandbox.succeed<{ stacks: { removed: number }[] }>("destroy", "--yes");
    expect(document.stacks.every(({ removed }) => removed === 0)).toBe(true);
  });

  step("down stops the local AWS, for good", async () => {
    const server = sandbox.server();
    expect(await sandbox.succeed<{ stopped: boolean }>("down")).toEqual({ stopped: true });
    await expect(fetch(`${server?.endpoint}/_lake/health`)).rejects.toThrow();
    expect(await sandbox.succeed<{ stopped: boolean }>("down")).toEqual({ stopped: false });
  });
}
