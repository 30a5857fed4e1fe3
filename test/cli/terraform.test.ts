import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OperationError } from "../../cli/exit-codes";
import { Terraform } from "../../cli/terraform";
import { recordingStep, temporaryFolder, writeScript } from "./support";

const folder = temporaryFolder();
let count = 0;

/** Terraform as the stack `prod` would meet it: it prints these events and ends with this exit code. */
function terraform(events: readonly object[] = [], code = 0, stderr = "") {
  const stack = join(folder, String(count++));
  const lines = events.map((event) => JSON.stringify(event)).join("\n");
  mkdirSync(join(stack, ".terraform"), { recursive: true });
  writeFileSync(join(stack, "cdk.tf.json"), JSON.stringify({ terraform: { backend: "a" } }));
  writeScript(
    join(stack, "terraform"),
    `echo "$@" >> calls\ncat <<'END'\n${lines}\nEND\nprintf '%s' '${stderr}' >&2\nexit ${code}`,
  );
  const step = recordingStep();
  const subject = new Terraform(join(stack, "terraform"), "prod", stack, process.env, step);
  const calls = () => readFileSync(join(stack, "calls"), "utf8").trim().split("\n");
  return { subject, step, stack, calls };
}

const resource = (addr: string) => ({ resource: { addr } });
const diagnostic = (summary: string, detail: string, address?: string) => ({
  type: "diagnostic",
  diagnostic: { severity: "error", summary, detail, address },
});

async function failureOf(work: Promise<unknown>): Promise<OperationError> {
  const error = await work.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(OperationError);
  return error as OperationError;
}

test("a plan without changes is empty", async () => {
  const { subject } = terraform();
  expect(await subject.plan()).toEqual({ isEmpty: true, changes: [] });
});

test("a plan tells what it wants to change", async () => {
  const events = [
    { type: "planned_change", change: { ...resource("aws_sqs_queue.a"), action: "create" } },
    { type: "planned_change", change: { ...resource("data.aws_kms_key.b"), action: "read" } },
    { type: "planned_change", change: { ...resource("aws_kms_key.c"), action: "update" } },
  ];
  const { isEmpty, changes } = await terraform(events, 2).subject.plan();
  expect(isEmpty).toBe(false);
  expect(changes).toEqual([
    { address: "aws_sqs_queue.a", action: "create" },
    { address: "aws_kms_key.c", action: "update" },
  ]);
});

test("exactly the plan is applied, with progress", async () => {
  const events = [
    { type: "planned_change", change: { ...resource("aws_sqs_queue.a"), action: "create" } },
    { type: "apply_start", hook: { ...resource("aws_sqs_queue.a"), action: "create" } },
    { type: "apply_complete", hook: { ...resource("aws_sqs_queue.a"), action: "create" } },
    { type: "change_summary", changes: { add: 1, change: 0, remove: 0 } },
  ];
  const { subject, step, calls } = terraform(events);
  expect(await subject.apply()).toEqual({ added: 1, changed: 0, removed: 0 });
  expect(step.said).toEqual(["applying", "0 of 1: aws_sqs_queue.a", "1 of 1: aws_sqs_queue.a"]);
  expect(calls()[0]).toMatch(/^apply -json .*lake\.tfplan$/);
});

test("what is replaced counts once", async () => {
  const told = (type: string, action: string) => ({ type, hook: { ...resource("aws_s3_object.a"), action } });
  const { subject, step } = terraform([
    { type: "planned_change", change: { ...resource("aws_s3_object.a"), action: "replace" } },
    told("apply_complete", "delete"),
    told("apply_complete", "create"),
  ]);
  await subject.apply();
  expect(step.said).toEqual(["applying", "1 of 1: aws_s3_object.a", "1 of 1: aws_s3_object.a"]);
});

test("a failure names every resource with its message, and how to go on", async () => {
  const events = [
    diagnostic("creating S3 Bucket", "BucketAlreadyExists: taken", "aws_s3_bucket.drop"),
    diagnostic("creating Key", "", "aws_kms_key.raw"),
  ];
  const { message, fix } = await failureOf(terraform(events, 1).subject.apply());
  expect(message).toBe(
    [
      "Terraform could not apply the stack prod.",
      "  aws_s3_bucket.drop",
      "    creating S3 Bucket",
      "    BucketAlreadyExists: taken",
      "  aws_kms_key.raw",
      "    creating Key",
    ].join("\n"),
  );
  expect(fix).toContain("the same command continues");
});

test("a failed deletion, which comes without an address, is told by what could not be done", async () => {
  const events = [
    { type: "apply_errored", hook: resource("aws_s3_bucket.drop") },
    diagnostic("emptying S3 Bucket: denied", ""),
  ];
  const { message } = await failureOf(terraform(events, 1).subject.apply());
  expect(message).toContain("  aws_s3_bucket.drop\n    emptying S3 Bucket: denied");
});

test("an account whose settings another project owns is told as that, not as something to be adopted", async () => {
  const marker = "aws_ssm_parameter.prod_baseline_owner_marker";
  const summary = "creating SSM Parameter (/account-baseline/owner): ParameterAlreadyExists: it already exists";
  const { fix } = await failureOf(terraform([diagnostic(summary, "", marker)], 1).subject.apply());
  expect(fix).toContain("names the project that owns the settings of this account");
  expect(fix).not.toContain("terraform import");
});

test("what Terraform says outside of its events is shown when there is nothing else", async () => {
  const { message } = await failureOf(terraform([], 1, "Error: no such provider").subject.init());
  expect(message).toContain("could not init the stack prod");
  expect(message).toContain("Error: no such provider");
});

test("a locked state is explained with its owner and how to remove a dead lock", async () => {
  const detail =
    "Error message: operation error S3\nLock Info:\n  ID:        1f2e\n  Path:      b/prod\n  Who:       ann@host\n  Created:   2026-11-21 10:00\n";
  const { subject, stack } = terraform([diagnostic("Error acquiring the state lock", detail)], 1);
  const { message, fix } = await failureOf(subject.plan());
  expect(message).toBe(
    "The stack prod is being changed by somebody else: its state is locked by ann@host since 2026-11-21 10:00.",
  );
  // Wherever the stacks were synthesized to.
  expect(fix).toContain(`terraform -chdir='${stack}' force-unlock -force 1f2e`);
});

test("a state that an earlier run could not store is stored first", async () => {
  const { subject, stack, calls } = terraform();
  writeFileSync(join(stack, "errored.tfstate"), "{}");
  await subject.init();
  expect(calls()).toEqual(["init -json -reconfigure -input=false", "state push errored.tfstate"]);
  expect(existsSync(join(stack, "errored.tfstate"))).toBe(false);
});

test("a folder is initialized once for the same backend, whatever else changes", async () => {
  const { subject, stack, calls } = terraform();
  const configure = (content: object) => writeFileSync(join(stack, "cdk.tf.json"), JSON.stringify(content));
  await subject.init();
  configure({ terraform: { backend: "a" }, resource: {} });
  await subject.init();
  expect(calls()).toHaveLength(1);
  configure({ terraform: { backend: "b" } });
  await subject.init();
  expect(calls()).toHaveLength(2);
  writeFileSync(join(stack, "backend_override.tf.json"), JSON.stringify({ terraform: { backend: "local" } }));
  await subject.init();
  expect(calls()).toHaveLength(3);
});

test("a protected resource whose creation was cut off is kept, where Terraform would make it again", async () => {
  const { subject, stack, calls } = terraform();
  const state = {
    resources: [
      { mode: "managed", type: "aws_s3_bucket", name: "drop", instances: [{ status: "tainted" }] },
      { mode: "managed", type: "aws_s3_bucket", name: "raw", instances: [{}] },
      { mode: "managed", type: "aws_iam_role", name: "free", instances: [{ status: "tainted" }] },
    ],
  };
  const bucket = { lifecycle: { prevent_destroy: true } };
  const resource = { aws_s3_bucket: { drop: bucket, raw: bucket }, aws_iam_role: { free: {} } };
  writeFileSync(join(stack, "cdk.tf.json"), JSON.stringify({ terraform: {}, resource }));
  const refusal = JSON.stringify(diagnostic("Instance cannot be destroyed", "it is protected"));
  writeScript(
    join(stack, "terraform"),
    `echo "$1 $2" >> calls
case "$1" in
  plan) [ -e kept ] || { echo '${refusal}'; exit 1; } ;;
  state) echo '${JSON.stringify(state)}' ;;
  untaint) touch kept ;;
esac`,
  );
  expect((await subject.plan()).isEmpty).toBe(true);
  expect(calls()).toEqual(["plan -json", "state pull", "untaint aws_s3_bucket.drop", "plan -json"]);
});

test("a plan that would really destroy what is protected stays refused", async () => {
  const { subject, stack } = terraform();
  const refusal = JSON.stringify(diagnostic("Instance cannot be destroyed", "it is protected"));
  writeScript(
    join(stack, "terraform"),
    `case "$1" in plan) echo '${refusal}'; exit 1 ;; state) echo '{"resources":[]}' ;; esac`,
  );
  expect((await failureOf(subject.plan())).message).toContain("Instance cannot be destroyed");
});
