import { createReadStream } from "node:fs";
import { BackgroundWriter } from "./background-writer";

const lineFeed = 0x0a;
const zero = 0x30;

/**
 * Copies the canonical lines with these row numbers, which are in ascending order, and answers how many there were.
 * Finding a few lines again is many times faster than parsing and checking the whole file once more.
 */
export async function selectLines(source: string, numbers: readonly number[], target: string): Promise<number> {
  const writer = await BackgroundWriter.open(target);
  let selected = 0;
  let next = 0;
  const look = (line: Buffer) => {
    const number = leadingNumber(line);
    while (next < numbers.length && (numbers[next] as number) < number) next++;
    if (numbers[next] !== number) return;
    writer.write(line);
    selected++;
  };
  try {
    if (numbers.length === 0) return 0;
    let rest: Buffer[] = [];
    for await (const chunk of createReadStream(source, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
      let begin = 0;
      for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, begin)) {
        const line = chunk.subarray(begin, end + 1);
        look(rest.length === 0 ? line : Buffer.concat([...rest, line]));
        if (rest.length > 0) rest = [];
        begin = end + 1;
      }
      if (begin < chunk.length) rest.push(chunk.subarray(begin));
      await writer.keepUp();
    }
  } finally {
    await writer.close();
  }
  return selected;
}

function leadingNumber(line: Buffer): number {
  let number = 0;
  for (let at = 0; at < line.length; at++) {
    const digit = (line[at] as number) - zero;
    if (digit < 0 || digit > 9) break;
    number = number * 10 + digit;
  }
  return number;
}
