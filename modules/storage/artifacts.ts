import { basename, extname } from "node:path";
import { S3Object } from "@cdktf/provider-aws/lib/s3-object";
import { Construct } from "constructs";
import type { Key } from "../keys/key";
import { placeArtifact } from "./artifact-file";
import { Bucket } from "./bucket";

/** A file that was built before synthesis, or is fetched before a deployment: known by its content. */
export interface Artifact {
  /** Path of the file. */
  readonly path: string;
  /** SHA-256 of its content, hexadecimal. */
  readonly sha256: string;
  /** Is it fetched, not built? Synthesis does not need it then, an upload does. @default false */
  readonly fetched?: boolean;
}

export interface ArtifactsProps {
  readonly bucketName: string;
  readonly key: Key;
  /** Bucket for the log of who used this one. */
  readonly accessLogBucket?: string;
  /** May a deployment delete the bucket? */
  readonly removable: boolean;
}

/** Old code is kept so long, so that a roll-back finds it. */
const KEEP_OLD_VERSIONS_DAYS = 90;

/** The bucket of everything that runs: zips, layers, scripts. Keys carry the content's hash, so nothing is ever overwritten. */
export class Artifacts extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: ArtifactsProps) {
    super(scope, id);
    this.bucket = new Bucket(this, "store", {
      name: props.bucketName,
      key: props.key,
      lifecycle: { keepOldVersionsDays: KEEP_OLD_VERSIONS_DAYS },
      accessLogBucket: props.accessLogBucket,
      removable: props.removable,
    });
  }

  /**
   * Uploads the artifact as `<name>/<sha256><ending of the file>`.
   * @returns where Lambda finds it
   */
  add(id: string, name: string, artifact: Artifact): { s3Bucket: string; s3Key: string } {
    return this.upload(id, `${name}/${artifact.sha256}${extname(artifact.path)}`, artifact);
  }

  /**
   * Uploads the artifact as `<name>/<sha256>/<name of the file>`, for those who know a file by its name. Whoever asks for the
   * same again gets the same.
   * @returns its address
   */
  addNamed(id: string, name: string, artifact: Artifact): string {
    const known = this.node.tryFindChild(id);
    if (known instanceof S3Object) return this.locate({ s3Bucket: this.bucket.name, s3Key: known.key });
    return this.locate(this.upload(id, `${name}/${artifact.sha256}/${basename(artifact.path)}`, artifact));
  }

  private upload(id: string, key: string, artifact: Artifact): { s3Bucket: string; s3Key: string } {
    const object = new S3Object(this, id, {
      bucket: this.bucket.reference,
      key,
      source: placeArtifact(this, `${id}-file`, artifact),
      sourceHash: artifact.sha256,
      dependsOn: [this.bucket.policy],
    });
    return { s3Bucket: this.bucket.name, s3Key: object.key };
  }

  /** Address of what was uploaded, for those who take one. */
  locate({ s3Bucket, s3Key }: { readonly s3Bucket: string; readonly s3Key: string }): string {
    return `s3://${s3Bucket}/${s3Key}`;
  }
}
