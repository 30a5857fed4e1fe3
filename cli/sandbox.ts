import { createWriteStream, existsSync } from "node:fs";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { DeleteObjectCommand, GetObjectCommand, paginateListObjectsV2, S3Client } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { type Command, Option, type OptionValues } from "commander";
import { hasLayer } from "../accounts/model/layers";
import { Names } from "../accounts/model/naming";
import type { LakeAccount } from "../accounts/model/schema";
import { nearest } from "../contracts/nearest";
import { type Clearance, clearances } from "../contracts/people";
import { sandboxFolder, sandboxOwners, sandboxPart } from "../contracts/sandbox";
import { type ClientSettings, callerSettings, roleEntry, roleSettings } from "./aws";
import { InputError } from "./exit-codes";
import type { Lake } from "./lake";
import type { Person } from "./person";
import { type FileToPut, putFile } from "./upload/put";

/** A file in somebody's sandbox, by its name there. */
export interface SandboxFile {
  readonly name: string;
  readonly bytes: number;
  readonly modified: string;
}

type Owner = (typeof sandboxOwners)[number];

/** Declares whose sandbox it is: each session has the folder of its clearance. */
export function sandboxOptions(command: Command, clearance: string): Command {
  return command
    .addOption(new Option("--as <persona>", `whose role to take (default: ${sandboxOwners[1]})`).choices(sandboxOwners))
    .addOption(
      new Option("--clearance <level>", `clearance of the session (default: ${clearance})`).choices(clearances),
    )
    .option("--account <name>", "the lake, if there are several");
}

/** As whom the command was asked to work. @param least the clearance that is enough */
export function ownerOf(options: OptionValues, least: Clearance = clearances[0]): Person {
  const { as: persona, clearance } = options as { as?: Owner; clearance?: Clearance };
  return { persona: persona ?? sandboxOwners[1], clearance: clearance ?? least };
}

/** The folder of one person with one clearance. */
class Sandbox {
  constructor(
    private readonly s3: S3Client,
    readonly bucket: string,
    readonly folder: string,
  ) {}

  async files(): Promise<SandboxFile[]> {
    const found: SandboxFile[] = [];
    const pages = paginateListObjectsV2({ client: this.s3 }, { Bucket: this.bucket, Prefix: this.folder });
    for await (const { Contents = [] } of pages) {
      for (const { Key = "", Size = 0, LastModified } of Contents)
        found.push({
          name: Key.slice(this.folder.length),
          bytes: Size,
          modified: LastModified?.toISOString() ?? "",
        });
    }
    return found;
  }

  async put(file: Pick<FileToPut, "file" | "bytes" | "classification">, name: string): Promise<void> {
    await putFile(this.s3, { ...file, bucket: this.bucket, key: `${this.folder}${name}` }, () => {});
  }

  /** @throws InputError if there is no such file, or one where it should go */
  async get(name: string, target: string): Promise<void> {
    if (existsSync(target))
      throw new InputError(`${target} is there already.`, "Remove it, or name another place with --to.");
    await this.find([name]);
    const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: `${this.folder}${name}` }));
    await pipeline(Body as Readable, createWriteStream(target, { flags: "wx" }));
  }

  /** @throws InputError if one of them is not there: then none is removed */
  async remove(names: readonly string[]): Promise<void> {
    await this.find(names);
    for (const name of names)
      await this.s3.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: `${this.folder}${name}` }));
  }

  private async find(names: readonly string[]): Promise<void> {
    const known = (await this.files()).map(({ name }) => name);
    const unknown = names.filter((name) => !known.includes(name));
    if (unknown.length === 0) return;
    const meant = unknown.flatMap((name) => nearest(name, known) ?? []);
    throw new InputError(
      `The sandbox has no ${unknown.join(", ")}.`,
      meant.length > 0
        ? `Did you mean ${meant.join(", ")}?`
        : "See what it has with `npm run lake -- sandbox list`: each clearance has a folder of its own.",
    );
  }
}

/** Lends somebody's sandbox to the work. @throws InputError where the lake has none */
export async function withSandbox<T>(
  lake: Lake,
  account: LakeAccount,
  person: Person,
  work: (sandbox: Sandbox) => Promise<T>,
): Promise<T> {
  if (!hasLayer(account, "refine"))
    throw new InputError(`The lake ${account.name} has no sandboxes.`, "It needs a third zone: see docs/personas.md.");
  const { organization } = lake.accounts;
  const target = await lake.target();
  const sessionName = await callerName(callerSettings(target, organization, account.region));
  const entry = { ...roleEntry(organization, account, person.persona, person.clearance), sessionName };
  const settings = roleSettings(target, organization, entry);
  const s3 = new S3Client({ ...settings, forcePathStyle: target.kind === "local" });
  try {
    const folder = sandboxFolder(person.clearance, (await identity(settings)).UserId ?? "");
    return await work(new Sandbox(s3, new Names(organization, account).bucket(sandboxPart), folder));
  } finally {
    s3.destroy();
  }
}

/** What the caller is called, so that the session is theirs: a user's name, or that of a session. */
async function callerName(settings: ClientSettings): Promise<string | undefined> {
  return /:(?:user|assumed-role)\/(?:.*\/)?([^/]+)$/.exec((await identity(settings)).Arn ?? "")?.[1];
}

async function identity(settings: ClientSettings) {
  const sts = new STSClient(settings);
  try {
    return await sts.send(new GetCallerIdentityCommand({}));
  } finally {
    sts.destroy();
  }
}
