import { GetObjectTaggingCommand, ListObjectVersionsCommand, type ObjectVersion, S3Client } from "@aws-sdk/client-s3";
import { Names } from "../../accounts/model/naming";
import { classificationTag, highestClassification, loadContracts, loadPipelines } from "../../contracts";
import { projectRoot } from "../../tools/setup/paths";
import type { inOrder, Sandbox } from "./sandbox";

/** The tag of everything that the lake has written so far, earlier versions too. */
export function tagTests(sandbox: Sandbox, step: ReturnType<typeof inOrder>): void {
  const { organization } = sandbox.inside.accounts;
  const account = sandbox.inside.lakeAccount("prod");
  const names = new Names(organization, account);
  const [, raw, refined, curated] = account.zones.map(({ name }) => names.bucket(name));
  const quarantine = names.bucket("quarantine");

  step("everything that was written in raw, refined, curated and quarantine says how sensitive it is", async () => {
    const levels = expectedLevels();
    const wrong: string[] = [];
    let seen = 0;
    const s3 = new S3Client({ ...(await sandbox.administrator(account)), forcePathStyle: true });
    try {
      for (const Bucket of [raw, refined, curated, quarantine].filter((name) => name !== undefined)) {
        for (const { Key = "", VersionId } of await versionsOf(s3, Bucket)) {
          // What a job has not published yet has no tag: no person can read it.
          if (Key.startsWith("_staging/")) continue;
          const { TagSet = [] } = await s3.send(new GetObjectTaggingCommand({ Bucket, Key, VersionId }));
          const found = TagSet.map((tag) => `${tag.Key}=${tag.Value}`).join();
          const wanted = `${classificationTag}=${levels(Bucket, Key)}`;
          seen += 1;
          if (found !== wanted) wrong.push(`${Bucket}/${Key} has ${found || "no tag"}, not ${wanted}`);
        }
      }
    } finally {
      s3.destroy();
    }
    expect(wrong).toEqual([]);
    expect(seen).toBeGreaterThan(100);
  });

  /** What each object has to say, by its bucket and key. */
  function expectedLevels(): (bucket: string, key: string) => string {
    const contracts = loadContracts(projectRoot);
    const pipelines = loadPipelines(projectRoot, contracts);
    const known = new Map<string, string>([
      ...contracts.flatMap((contract): [string, string][] => [
        [`${raw}/${contract.id}`, highestClassification(contract)],
        [`${quarantine}/${contract.id}`, highestClassification(contract)],
        [`${quarantine}/_files/${contract.id}`, highestClassification(contract)],
        [`${refined}/masked/${contract.id}`, contract.classification],
        [`${refined}/clear/${contract.id}`, highestClassification(contract)],
      ]),
      ...pipelines.map(({ id, classification }): [string, string] => [`${curated}/marts/${id}`, classification]),
      [`${quarantine}/_files/unknown/unknown`, "secret"],
    ]);
    return (bucket, key) => {
      if (key.startsWith("_meta/")) return "proprietary";
      const depth = /^(masked|clear|marts|_files)\//.test(key) ? 3 : 2;
      return (
        known.get(
          `${bucket}/${key
            .split("/")
            .slice(0, depth)
            .join("/")
            .replace(/__removed$/, "")}`,
        ) ?? "nothing: it is unknown"
      );
    };
  }
}

async function versionsOf(s3: S3Client, Bucket: string): Promise<ObjectVersion[]> {
  const found: ObjectVersion[] = [];
  let marker: { KeyMarker?: string; VersionIdMarker?: string } = {};
  for (;;) {
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket, ...marker }));
    found.push(...(page.Versions ?? []));
    if (page.IsTruncated !== true) return found;
    marker = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
  }
}
