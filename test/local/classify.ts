import { GetObjectTaggingCommand, PutObjectCommand, PutObjectTaggingCommand } from "@aws-sdk/client-s3";
import { Names } from "../../accounts/model/naming";
import type { LowObject } from "../../cli/classify";
import { ENGINEER, type inOrder, type Sandbox } from "./sandbox";

interface Classified {
  readonly objects: readonly LowObject[];
}

/** Objects that are there when a contract says that they are more sensitive. */
export function classifyTests(sandbox: Sandbox, step: ReturnType<typeof inOrder>): void {
  const steward = { ...ENGINEER, persona: "data-steward" } as const;
  const bucket = () =>
    new Names(sandbox.inside.accounts.organization, sandbox.inside.lakeAccount("prod")).bucket("drop");
  const check = (...args: string[]) => sandbox.lake<Classified>("classify", "sales/customers", "--check", ...args);

  step(
    "what says less than its contract is found and raised, earlier versions too, and nothing is lowered",
    async () => {
      const keys = ["sales/customers/low.csv", "sales/customers/low.csv", "sales/customers/high.csv"];
      const levels = ["proprietary", "confidential", "secret"];
      for (const [at, Key] of keys.entries()) {
        const put = { Bucket: bucket(), Key, Body: "a", Tagging: `classification=${levels[at]}` };
        await sandbox.clients(ENGINEER, ({ s3 }) => s3.send(new PutObjectCommand(put)));
      }
      // Nothing of other datasets, though their names begin the same.
      const other = {
        Bucket: bucket(),
        Key: "sales/customers2/a.csv",
        Body: "a",
        Tagging: "classification=proprietary",
      };
      await sandbox.clients(ENGINEER, ({ s3 }) => s3.send(new PutObjectCommand(other)));

      const found = await check();
      expect(found.code).toBe(3);
      const low = found.document.objects;
      expect(low.length).toBeGreaterThan(0);
      expect(new Set(low.map(({ key }) => key))).toEqual(new Set(["sales/customers/low.csv"]));
      expect((await sandbox.lake<Classified>("classify", "customers")).code).toBe(0);
      expect(await check()).toMatchObject({ code: 0, document: { objects: [] } });
      for (const { key: Key, versionId: VersionId, to } of low) {
        const tags = await sandbox.clients(steward, ({ s3 }) =>
          s3.send(new GetObjectTaggingCommand({ Bucket: bucket(), Key, VersionId })),
        );
        expect(tags.TagSet).toEqual([{ Key: "classification", Value: to }]);
      }
      const high = await sandbox.clients(steward, ({ s3 }) =>
        s3.send(new GetObjectTaggingCommand({ Bucket: bucket(), Key: "sales/customers/high.csv" })),
      );
      expect(high.TagSet).toEqual([{ Key: "classification", Value: "secret" }]);
    },
  );

  step("only a steward who is cleared for it does so", async () => {
    const lowered = {
      Bucket: bucket(),
      Key: "sales/customers/low.csv",
      Tagging: { TagSet: [{ Key: "classification", Value: "proprietary" }] },
    };
    await sandbox.clients(steward, ({ s3 }) => s3.send(new PutObjectTaggingCommand(lowered)));
    for (const persona of ["data-analyst", "data-scientist"]) {
      const tried = await sandbox.lake("classify", "sales/customers", "--as", persona);
      expect(tried).toMatchObject({
        code: 1,
        document: { error: { message: expect.stringContaining("AccessDenied") } },
      });
    }
    const unknown = await sandbox.lake("classify", "sales/customer", "--check");
    expect(unknown).toMatchObject({ code: 2, document: { error: { fix: expect.stringContaining("customers") } } });
    expect((await check()).code).toBe(3);
    expect((await sandbox.lake("classify", "sales/customers")).code).toBe(0);
  });
}
