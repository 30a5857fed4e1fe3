import { createReadStream, createWriteStream } from "node:fs";
import { pipeline, Readable } from "node:stream";
import { pipeline as completed } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";

const lineFeed = 0x0a;
const rowPrefix = '{"row":';
/** So much is handed on at a time. */
const chunkBytes = 256 * 1024;

/**
 * Merges two lists of rejected rows, one JSON object a line and each in the order of the file, and answers how many rows
 * there are. Sorting them instead would take many times as long, and memory for all of them.
 * @param compressed the one that is gzip
 */
export async function mergeRejected(compressed: string, plain: string, target: string): Promise<number> {
  let rows = 0;
  async function* merged(): AsyncGenerator<Buffer> {
    let chunk: Buffer[] = [];
    let size = 0;
    for await (const line of inOrder(lines(unpacked(compressed)), lines(createReadStream(plain)))) {
      rows++;
      chunk.push(line);
      size += line.length;
      if (size < chunkBytes) continue;
      yield Buffer.concat(chunk);
      chunk = [];
      size = 0;
    }
    yield Buffer.concat(chunk);
  }
  await completed(Readable.from(merged(), { objectMode: false }), createGzip(), createWriteStream(target));
  return rows;
}

function unpacked(path: string): AsyncIterable<Buffer> {
  // Whoever reads it hears of errors, of the file as well.
  return pipeline(createReadStream(path), createGunzip(), () => {});
}

/** The lines of a file with their ends. */
async function* lines(file: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  for await (const chunk of file) {
    let begin = 0;
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, begin)) {
      const line = chunk.subarray(begin, end + 1);
      yield rest.length === 0 ? line : Buffer.concat([...rest, line]);
      rest = [];
      begin = end + 1;
    }
    if (begin < chunk.length) rest.push(chunk.subarray(begin));
  }
}

async function* inOrder(one: AsyncGenerator<Buffer>, other: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    let [first, second] = [await one.next(), await other.next()];
    while (first.done !== true || second.done !== true) {
      if (second.done === true || (first.done !== true && rowOf(first.value) < rowOf(second.value))) {
        yield first.value as Buffer;
        first = await one.next();
      } else {
        yield second.value;
        second = await other.next();
      }
    }
  } finally {
    await Promise.all([one.return(undefined), other.return(undefined)]);
  }
}

function rowOf(line: Buffer): number {
  return Number.parseInt(line.toString("latin1", rowPrefix.length, rowPrefix.length + 16), 10);
}
