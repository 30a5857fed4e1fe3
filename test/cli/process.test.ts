import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { projectRoot } from "../../tools/setup/paths";
import { temporaryFolder, writeScript } from "./support";

const folder = temporaryFolder();

/** Notes every SIGINT and ends at the second, as Terraform does. */
const CHILD = writeScript(
  join(folder, "child"),
  "count=0\ntrap 'count=$((count+1)); echo \"interrupt $count\"; [ $count -lt 2 ] || exit 1' INT\necho ready\nwhile true; do sleep 0.05; done",
);
/** Ends in good order at the first. */
const OBEDIENT = writeScript(
  join(folder, "obedient"),
  "trap 'echo saved; exit 0' INT\necho ready\nwhile true; do sleep 0.05; done",
);

/** A process that runs the program as every command does. */
function runner(program: string, mustFinish = false): { process: ChildProcess; output: () => string } {
  const script = `
    require("${projectRoot}/tools/typescript.cjs");
    const { run } = require("${projectRoot}/tools/setup/process.ts");
    run("${program}", [], { mustFinish: ${mustFinish}, cwd: "/", env: process.env, onLine: (line) => console.log(line) }).then(
      ({ code }) => { console.log("ended with", code); },
      (error) => { console.log(error.name); process.exit(130); },
    );`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  child.stdout?.on("data", (data: Buffer) => {
    text += data.toString();
  });
  return { process: child, output: () => text };
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !condition(); i++) await sleep(25);
  expect(condition()).toBe(true);
}

test("a Ctrl-C that both terminal and npm deliver reaches the program once, and it may finish", async () => {
  const { process, output } = runner(OBEDIENT);
  await until(() => output().includes("ready"));
  process.kill("SIGINT");
  process.kill("SIGINT");
  const [code] = await once(process, "exit");
  expect(output().match(/saved/g)).toHaveLength(1);
  expect(output()).toContain("InterruptedError");
  expect(code).toBe(130);
});

test("a program that must finish is spared the first Ctrl-C, and what would come after it is not begun", async () => {
  const busy = writeScript(join(folder, "busy"), "trap 'echo cut off; exit 1' INT\necho ready\nsleep 1\necho finished");
  const { process, output } = runner(busy, true);
  await until(() => output().includes("ready"));
  process.kill("SIGINT");
  const [code] = await once(process, "exit");
  expect(output()).toContain("finished");
  expect(output()).toContain("InterruptedError");
  expect(code).toBe(130);
});

test("a second Ctrl-C reaches it all the same", async () => {
  const { process, output } = runner(OBEDIENT, true);
  await until(() => output().includes("ready"));
  process.kill("SIGINT");
  await sleep(600);
  expect(output()).not.toContain("saved");
  process.kill("SIGINT");
  await once(process, "exit");
  expect(output()).toContain("saved");
});

test("a second Ctrl-C is handed on, too", async () => {
  const { process, output } = runner(CHILD);
  await until(() => output().includes("ready"));
  process.kill("SIGINT");
  await until(() => output().includes("interrupt 1"));
  await sleep(600);
  process.kill("SIGINT");
  await once(process, "exit");
  expect(output()).toContain("interrupt 2");
});
