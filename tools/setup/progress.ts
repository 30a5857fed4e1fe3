import { Listr, ListrLogger, PRESET_TIMER, ProcessOutput } from "listr2";

/** One step of a command while it runs. */
export interface Step {
  /** Shows what is being done right now. */
  say(text: string): void;
  /** Says what came of it, beside the step's title. */
  note(text: string): void;
}

/** Shows the steps of a command, one after another, with their durations. It never writes to the standard output: results go there. */
export interface Progress {
  step<T>(title: string, work: (step: Step) => Promise<T>): Promise<T>;
  /** A line between steps. */
  say(text: string): void;
}

/** Live display on a terminal, plain lines elsewhere. */
export function progressFor(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): Progress {
  // Some terminals, say of build servers, do not tell their width: nothing could be drawn there.
  const isLive = stream.isTTY && stream.columns > 0 && environment.CI === undefined && environment.TERM !== "dumb";
  return isLive ? new LiveProgress(stream) : new PlainProgress((line) => stream.write(`${line}\n`));
}

class LiveProgress implements Progress {
  constructor(private readonly stream: NodeJS.WriteStream) {}

  async step<T>(title: string, work: (step: Step) => Promise<T>): Promise<T> {
    const results: T[] = [];
    const processOutput = new ProcessOutput(this.stream, this.stream, { leaveEmptyLine: false });
    const list = new Listr<object, "default", "simple">(
      [
        {
          title,
          task: async (_, task) => {
            const step: Step = {
              say: (text) => {
                task.output = text;
              },
              note: (text) => {
                task.title = `${title}: ${text}`;
              },
            };
            results.push(await work(step));
          },
        },
      ],
      {
        registerSignalListeners: false,
        rendererOptions: {
          logger: new ListrLogger({ processOutput }),
          timer: PRESET_TIMER,
          formatOutput: "truncate",
          // The command itself says what failed, once.
          showErrorMessage: false,
        },
      },
    );
    await list.run();
    return results[0] as T;
  }

  say(text: string): void {
    this.stream.write(`${text}\n`);
  }
}

/** The longest silence of a plain step that has something to say. */
const PLAIN_INTERVAL_MS = 10_000;

/** Plain lines for logs: the step when it starts, a sign of life every ten seconds, and its outcome. */
export class PlainProgress implements Progress {
  constructor(
    private readonly write: (line: string) => void,
    private readonly now: () => number = Date.now,
  ) {}

  async step<T>(title: string, work: (step: Step) => Promise<T>): Promise<T> {
    const started = this.now();
    let spoken = started;
    let outcome = "";
    this.write(`${title} ...`);
    const step: Step = {
      say: (text) => {
        if (this.now() - spoken < PLAIN_INTERVAL_MS) return;
        spoken = this.now();
        this.write(`  ${title}: ${text}`);
      },
      note: (text) => {
        outcome = `: ${text}`;
      },
    };
    try {
      const result = await work(step);
      this.write(`${title}${outcome} [${formatDuration(this.now() - started)}]`);
      return result;
    } catch (error) {
      this.write(`${title} failed [${formatDuration(this.now() - started)}]`);
      throw error;
    }
  }

  say(text: string): void {
    this.write(text);
  }
}

/** `0.4s`, `12s` or `2m 05s`. */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  return `${Math.floor(whole / 60)}m ${String(whole % 60).padStart(2, "0")}s`;
}
