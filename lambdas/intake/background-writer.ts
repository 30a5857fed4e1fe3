import { type FileHandle, open } from "node:fs/promises";

/** So much may wait to be written before the reader has to wait, too. */
const waitingBytes = 8 * 1024 * 1024;

/** Less than this is not worth a write of its own. */
const writeBytes = 512 * 1024;

/** Writes a file while the next bytes are being made. */
export class BackgroundWriter {
  readonly #file: FileHandle;
  #writing: Promise<void> = Promise.resolve();
  #waiting = 0;
  #failure: unknown;
  #parts: Buffer[] = [];
  #partBytes = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open(path: string): Promise<BackgroundWriter> {
    return new BackgroundWriter(await open(path, "w"));
  }

  /** Takes a copy of the bytes. */
  write(bytes: Uint8Array): void {
    this.#parts.push(Buffer.from(bytes));
    this.#partBytes += bytes.length;
    if (this.#partBytes >= writeBytes) this.#start();
  }

  /** Waits while too much is waiting. @throws what went wrong with earlier writes */
  async keepUp(): Promise<void> {
    if (this.#waiting > waitingBytes) await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Closes the file once everything is in it. @throws what went wrong with any write */
  async close(): Promise<void> {
    this.#start();
    await this.#writing;
    await this.#file.close();
    if (this.#failure !== undefined) throw this.#failure;
  }

  #start(): void {
    const [first] = this.#parts;
    if (first === undefined) return;
    const bytes = this.#parts.length === 1 ? first : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#partBytes = 0;
    this.#waiting += bytes.length;
    this.#writing = this.#writing.then(async () => {
      if (this.#failure === undefined) await this.#writeAll(bytes);
      this.#waiting -= bytes.length;
    });
  }

  async #writeAll(bytes: Buffer): Promise<void> {
    try {
      for (let written = 0; written < bytes.length; ) {
        written += (await this.#file.write(bytes, written)).bytesWritten;
      }
    } catch (error) {
      this.#failure = error;
    }
  }
}
