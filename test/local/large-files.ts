import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { GetObjectTaggingCommand } from "@aws-sdk/client-s3";
import { ENGINEER, type inOrder, type Sandbox } from "./sandbox";

const BYTES = 9 * 1024 ** 2;

/** Files that do not fit into one part of an upload in parts. */
export function largeFileTests(sandbox: Sandbox, step: ReturnType<typeof inOrder>): void {
  step("a large file is brought with its classification, and by nobody who is not cleared for it", async () => {
    const file = join(sandbox.home, "olist_orders_dataset.csv");
    writeFileSync(file, Buffer.alloc(BYTES, "a\n"));
    const { bucket, files } = await sandbox.succeed<{ bucket: string; files: { key: string; status: string }[] }>(
      "upload",
      file,
    );
    expect(files).toMatchObject([{ key: "sales/orders/olist_orders_dataset.csv", status: "uploaded", bytes: BYTES }]);
    const tags = await sandbox.clients({ ...ENGINEER, persona: "data-steward" }, ({ s3 }) =>
      s3.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: files[0]?.key })),
    );
    expect(tags.TagSet).toEqual([{ Key: "classification", Value: expect.any(String) }]);

    const again = async (...args: string[]) =>
      (await sandbox.succeed<{ files: { status: string }[] }>("upload", file, ...args)).files.map(
        ({ status }) => status,
      );
    expect(await again()).toEqual(["skipped"]);
    // Who may not read what has arrived cannot compare either.
    expect(await again("--clearance", "confidential")).toEqual(["uploaded"]);
    const refused = await sandbox.refusals();
    expect(
      refused.filter(({ caller, action }) => caller.endsWith("data-engineer/lake") && action === "s3:GetObject"),
    ).toEqual([]);

    const analyst = await sandbox.lake("upload", file, "--force", "--as", "data-analyst");
    expect(analyst).toMatchObject({
      code: 1,
      document: { error: { message: expect.stringContaining("AccessDenied") } },
    });
  });
}
