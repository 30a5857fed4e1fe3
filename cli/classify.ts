import {
  GetObjectTaggingCommand,
  ListObjectVersionsCommand,
  type ObjectVersion,
  PutObjectTaggingCommand,
  type S3Client,
  type Tag,
} from "@aws-sdk/client-s3";
import { hasLayer } from "../accounts/model/layers";
import type { Names } from "../accounts/model/naming";
import type { LakeAccount } from "../accounts/model/schema";
import { type Classification, type Contract, classifications, highestClassification } from "../contracts";
import { classificationTag } from "../contracts/layout";
import type { Step } from "../tools/setup/progress";
import { inParallel } from "./in-parallel";
import { plural } from "./table";

/** Where objects of a dataset lie, and how sensitive its contract says that they are. */
export interface ClassifiedPlace {
  readonly bucket: string;
  readonly prefix: string;
  readonly level: Classification;
}

/** A version of an object that says less than its contract. */
export interface LowObject {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
  /** @default it has no classification */
  readonly from?: string;
  readonly to: Classification;
}

const AT_ONCE = 16;

/** The places of a dataset in the zones up to its tables; marts are as sensitive as their pipeline says. */
export function placesOf(account: LakeAccount, names: Names, contract: Contract): ClassifiedPlace[] {
  const { id } = contract;
  const [arrivals = "", loaded = "", refined = ""] = account.zones.map(({ name }) => names.bucket(name));
  const quarantine = names.bucket("quarantine");
  const highest = highestClassification(contract);
  const tables = hasLayer(account, "refine")
    ? [id, `${id}__removed`].flatMap((table) => [
        { bucket: refined, prefix: `masked/${table}/`, level: contract.classification },
        { bucket: refined, prefix: `clear/${table}/`, level: highest },
      ])
    : [];
  return [
    { bucket: arrivals, prefix: `${id}/`, level: highest },
    { bucket: loaded, prefix: `${id}/`, level: highest },
    { bucket: quarantine, prefix: `${id}/`, level: highest },
    { bucket: quarantine, prefix: `_files/${id}/`, level: highest },
    ...tables,
  ];
}

/** Every version of every object in the places that says less than its contract, or nothing. */
export async function findLow(s3: S3Client, places: readonly ClassifiedPlace[], step: Step): Promise<LowObject[]> {
  const found: LowObject[] = [];
  let seen = 0;
  for (const place of places) {
    const versions = await versionsIn(s3, place);
    await inParallel(AT_ONCE, versions, async ({ Key: key = "", VersionId: versionId = "null" }) => {
      const from = levelOf(await tagsOf(s3, place.bucket, key, versionId));
      seen += 1;
      step.say(`${plural(seen, "version")} looked at`);
      if (rank(from) < rank(place.level)) found.push({ bucket: place.bucket, key, versionId, from, to: place.level });
    });
  }
  return found.sort((a, b) => (address(a) < address(b) ? -1 : 1));
}

/** Gives each what its contract says, beside the other tags that it has. */
export async function raise(s3: S3Client, objects: readonly LowObject[], step: Step): Promise<void> {
  let done = 0;
  await inParallel(AT_ONCE, objects, async ({ bucket: Bucket, key: Key, versionId, to }) => {
    const others = (await tagsOf(s3, Bucket, Key, versionId)).filter((tag) => tag.Key !== classificationTag);
    const TagSet = [...others, { Key: classificationTag, Value: to }];
    await s3.send(new PutObjectTaggingCommand({ Bucket, Key, VersionId: versionId, Tagging: { TagSet } }));
    done += 1;
    step.say(`${done} of ${plural(objects.length, "version")}`);
  });
}

async function versionsIn(s3: S3Client, { bucket, prefix }: ClassifiedPlace): Promise<ObjectVersion[]> {
  const found: ObjectVersion[] = [];
  let marker: { KeyMarker?: string; VersionIdMarker?: string } = {};
  for (;;) {
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, ...marker }));
    found.push(...(page.Versions ?? []));
    if (page.IsTruncated !== true) return found;
    marker = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
  }
}

async function tagsOf(s3: S3Client, Bucket: string, Key: string, VersionId: string): Promise<Tag[]> {
  return (await s3.send(new GetObjectTaggingCommand({ Bucket, Key, VersionId }))).TagSet ?? [];
}

function levelOf(tags: readonly Tag[]): string | undefined {
  return tags.find(({ Key }) => Key === classificationTag)?.Value;
}

/** What says nothing, or what there is not, is below everything. */
function rank(level: string | undefined): number {
  return (classifications as readonly (string | undefined)[]).indexOf(level);
}

function address({ bucket, key, versionId }: LowObject): string {
  return `${bucket}/${key}\0${versionId}`;
}
