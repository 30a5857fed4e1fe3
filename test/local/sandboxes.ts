import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { inOrder, Sandbox } from "./sandbox";

interface Listed {
  readonly folder: string;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

/** What people do with the places in which they try things out. */
export function sandboxTests(sandbox: Sandbox, step: ReturnType<typeof inOrder>): void {
  const file = join(sandbox.home, "forecast.csv");
  const cleared = ["--clearance", "confidential"];
  const put = (...args: string[]) => sandbox.lake("sandbox", "put", file, ...args);
  const list = (...args: string[]) => sandbox.succeed<Listed>("sandbox", "list", ...args);
  const names = async (...args: string[]) => (await list(...args)).files.map(({ name }) => name);

  step("people put files into their sandbox, have them again and remove them", async () => {
    writeFileSync(file, "month,orders\n2026-01,12\n");
    await sandbox.succeed("sandbox", "put", file, "--classification", "confidential");
    await sandbox.succeed(
      "sandbox",
      "put",
      file,
      "--classification",
      "proprietary",
      ...cleared,
      "--name",
      "old/a b.csv",
    );
    expect(await list(...cleared)).toMatchObject({
      folder: expect.stringMatching(/^confidential\/\w+:lake\/$/),
      files: [{ name: "forecast.csv", bytes: 24 }, { name: "old/a b.csv" }],
    });
    const copy = join(sandbox.home, "copy.csv");
    await sandbox.succeed("sandbox", "get", "old/a b.csv", "--to", copy, ...cleared);
    expect(readFileSync(copy, "utf8")).toBe(readFileSync(file, "utf8"));
    expect(await sandbox.lake("sandbox", "get", "forecast.csv", "--to", copy, ...cleared)).toMatchObject({
      code: 2,
      document: { error: { message: expect.stringContaining("is there already") } },
    });
  });

  step("with another clearance or persona they have another sandbox", async () => {
    expect(await names()).toEqual([]);
    expect(await names("--clearance", "secret")).toEqual([]);
    expect(await names("--as", "data-scientist", ...cleared)).toEqual([]);
    expect(await sandbox.lake("sandbox", "get", "forecast.csv")).toMatchObject({
      code: 2,
      document: { error: { fix: expect.stringContaining("each clearance has a folder of its own") } },
    });
  });

  step("what cannot be is refused before anything is sent", async () => {
    expect((await put()).code).toBe(2);
    expect((await put("--classification", "confidential", "--as", "data-engineer")).code).toBe(2);
    expect(await put("--classification", "secret", ...cleared)).toMatchObject({
      code: 2,
      document: { error: { message: "The clearance confidential is not enough for what is secret." } },
    });
    expect(await sandbox.lake("sandbox", "rm", "forecast.csv", "forecasts.csv", ...cleared)).toMatchObject({
      code: 2,
      document: { error: { fix: "Did you mean forecast.csv?" } },
    });
    await sandbox.succeed("sandbox", "rm", "forecast.csv", "old/a b.csv", ...cleared);
    expect(await names(...cleared)).toEqual([]);
  });
}
