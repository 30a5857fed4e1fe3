/** Finds out what a file is and turns it into plain UTF-8 as it streams by. */
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Encoding } from "../../contracts/contract";
import { FileProblem, messageOf } from "./errors";

/** What the first bytes say. */
export type Content = "empty" | "parquet" | "text";

export interface OpenedFile {
  readonly content: Content;
  readonly gzip: boolean;
  /** First bytes of a text, decoded, for telling JSON from CSV. */
  readonly head: string;
  /** The whole content: unpacked, and texts in UTF-8 without byte-order mark. */
  readonly chunks: AsyncIterable<Buffer>;
}

const archives: readonly [string, string][] = [
  ["504b0304", "it is a zip archive (or a spreadsheet): unpack it, or save it as CSV"],
  ["28b52ffd", "it is compressed with zstd: use gzip"],
  ["425a68", "it is compressed with bzip2: use gzip"],
  ["fd377a585a00", "it is compressed with xz: use gzip"],
  ["d0cf11e0", "it is an old office document: save it as CSV"],
  ["255044462d", "it is a PDF document"],
];

/** Looks at the beginning of a stream; `encoding` is what texts are taken for when no byte-order mark says otherwise. */
export async function openFile(stream: AsyncIterable<Uint8Array>, encoding: Encoding): Promise<OpenedFile> {
  const outer = await peek(buffers(stream));
  const gzip = outer.head[0] === 0x1f && outer.head[1] === 0x8b;
  const { head, chunks } = gzip ? await peek(gunzip(outer.chunks)) : outer;
  if (head.length === 0) return { content: "empty", gzip, head: "", chunks };
  if (head.toString("latin1", 0, 4) === "PAR1") return { content: "parquet", gzip, head: "", chunks };
  const hex = head.toString("hex", 0, 8);
  const archive = archives.find(([magic]) => hex.startsWith(magic));
  if (archive !== undefined) throw new FileProblem(archive[1]);
  const text = await peek(decode(chunks, head, encoding));
  const content = text.head.length === 0 ? "empty" : "text";
  if (text.head.subarray(0, 512).includes(0)) {
    throw new FileProblem("it is no text, or its encoding is not that of the contract: it has NUL bytes");
  }
  return { content, gzip, head: text.head.toString("utf8", 0, 512), chunks: text.chunks };
}

interface Peeked {
  readonly head: Buffer;
  readonly chunks: AsyncIterable<Buffer>;
}

/** The first bytes, and everything again from the start. */
async function peek(source: AsyncIterable<Buffer>): Promise<Peeked> {
  const iterator = source[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  let size = 0;
  while (size < 16) {
    const { done, value } = await iterator.next();
    if (done === true) break;
    first.push(value);
    size += value.length;
  }
  async function* again(): AsyncGenerator<Buffer> {
    try {
      yield* first;
      for (;;) {
        const { done, value } = await iterator.next();
        if (done === true) return;
        yield value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return { head: Buffer.concat(first), chunks: again() };
}

async function* buffers(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of stream) {
    if (chunk.length > 0) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
}

async function* gunzip(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const unpacked = createGunzip({ chunkSize: 256 * 1024 });
  const packed = Readable.from(chunks, { objectMode: false });
  let sourceFailed = false;
  packed.on("error", (error) => {
    sourceFailed = true;
    unpacked.destroy(error);
  });
  try {
    for await (const chunk of packed.pipe(unpacked)) yield chunk as Buffer;
  } catch (error) {
    // A broken connection is worth another try; a broken file is not.
    if (sourceFailed) throw error;
    throw new FileProblem(`it is not readable as gzip: ${messageOf(error)}`);
  } finally {
    packed.destroy();
  }
}

/** Byte-order marks and what they announce; they say more than the contract. */
const marks: readonly [string, string][] = [
  ["efbbbf", "utf-8"],
  ["fffe", "utf-16le"],
  ["feff", "utf-16be"],
];

async function* decode(chunks: AsyncIterable<Buffer>, head: Buffer, encoding: Encoding): AsyncGenerator<Buffer> {
  const mark = marks.find(([bytes]) => head.toString("hex", 0, 3).startsWith(bytes));
  const declared = encoding === "utf-16" ? "utf-16le" : encoding === "latin-1" ? "windows-1252" : encoding;
  const actual = mark?.[1] ?? declared;
  let skip = (mark?.[0].length ?? 0) / 2;
  // UTF-8 is left as it is: what is wrong with it is found record by record.
  const decoder = actual === "utf-8" ? undefined : new TextDecoder(actual, { fatal: true, ignoreBOM: true });
  try {
    for await (const chunk of chunks) {
      const skipped = Math.min(skip, chunk.length);
      skip -= skipped;
      const bytes = chunk.subarray(skipped);
      const text = decoder === undefined ? bytes : Buffer.from(decoder.decode(bytes, { stream: true }), "utf8");
      if (text.length > 0) yield text;
    }
    decoder?.decode();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_ENCODING_INVALID_ENCODED_DATA") {
      throw new FileProblem(`it is not valid ${actual}`);
    }
    throw error;
  }
}
