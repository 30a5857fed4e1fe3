import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listJars } from "../tools/setup/jars";
import { pathsOf } from "../tools/setup/paths";
import { bundled, folder, pandasPython, root, tsNode } from "./environment";
import { type Command, compare, median, table } from "./measure";

/** A measurement: its heading, and a function that makes its text. */
export interface Suite {
  readonly name: string;
  readonly title: string;
  readonly measure: () => string;
}

const programs = join(root, "bench", "programs");

export const suites: readonly Suite[] = [
  { name: "synth", title: "Synthesis of all stacks", measure: synth },
  { name: "intake", title: "Intake of a million order items", measure: intake },
  { name: "memory", title: "Memory for a file of 1 GB", measure: memory },
  { name: "refine", title: "Refining into Iceberg", measure: refine },
  { name: "athena", title: "Statements on the local Athena", measure: athena },
  { name: "ingest", title: "Reading a table of PostgreSQL", measure: ingest },
  { name: "local", title: "On the embedded local AWS", measure: local },
];

function synth(): string {
  const outdir = mkdtempSync(join(tmpdir(), "lake-bench-"));
  const env = { LAKE_TARGET: "aws", CDKTF_OUTDIR: outdir };
  try {
    const figures = compare(
      [
        { name: "`npm run synth` without npm: `node tools/synth.mjs`", argv: ["node", "tools/synth.mjs"], env },
        { name: "`ts-node main.ts`, the template's way", argv: ["node", tsNode(), "main.ts"], env },
      ],
      5,
      pandasPython(),
    );
    return table(figures);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** The generated file, made once. */
function orderItems(rows: number, ...kind: "dirty"[]): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `order_items_${[rows, ...kind].join("_")}.csv`);
  if (!existsSync(file))
    execFileSync(pandasPython(), [join(programs, "order_items.py"), file, String(rows), ...kind], { stdio: "inherit" });
  return file;
}

const megabytes = (file: string) => Math.round(statSync(file).size / 1e6);

function intake(): string {
  const rows = 1_000_000;
  const file = orderItems(rows);
  const out = mkdtempSync(join(tmpdir(), "lake-bench-"));
  const commands: Command[] = [
    { name: "the lake's intake", argv: ["node", bundled("lake_intake"), file, out] },
    {
      name: "bare DuckDB",
      argv: ["node", bundled("bare_duckdb"), file, join(out, "duckdb.parquet"), join(out, "duckdb.json")],
    },
    {
      name: "vectorized pandas",
      argv: [
        pandasPython(),
        join(programs, "pandas_intake.py"),
        file,
        join(out, "pandas.parquet"),
        join(out, "pandas.json"),
      ],
    },
  ];
  try {
    const figures = compare(commands, 5, pandasPython());
    return [
      `${rows} rows, ${megabytes(file)} MB of CSV; each types and checks every row, writes the valid ones as Parquet and the others aside with`,
      "their reasons; whole processes, start included.",
      "",
      table(figures, { title: "rows/s", of: ({ wall }) => Math.round(rows / wall).toLocaleString("en") }),
    ].join("\n");
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

function memory(): string {
  const rows = 7_200_000;
  const files = {
    "one row in a thousand rejected": orderItems(rows),
    "every second row rejected": orderItems(rows, "dirty"),
  };
  const out = mkdtempSync(join(tmpdir(), "lake-bench-"));
  try {
    const commands = Object.entries(files).map(([name, file]) => {
      return { name: `${name}, ${megabytes(file)} MB`, argv: ["node", bundled("lake_intake"), file, out, "512"] };
    });
    const figures = compare(commands, 1, pandasPython());
    return ["The lake's intake of CSV, with DuckDB bounded to 512 MB.", "", table(figures)].join("\n");
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** What a program in the lake's own Python prints at its end; it gets a folder that goes with it. */
function measured<T>(program: string, ...args: string[]): T {
  const out = mkdtempSync(join(tmpdir(), "lake-bench-"));
  try {
    const output = execFileSync(pathsOf({}).python, [join(programs, program), out, ...args], {
      env: { ...process.env, PYTHONPATH: [join(root, "glue"), root].join(":") },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    // Java writes to the same stream.
    return JSON.parse(output.trim().split("\n").at(-1) ?? "") as T;
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

function refine(): string {
  const rows = 100_000;
  const paths = pathsOf({});
  const jars = listJars(paths).map(({ file }) => join(paths.jars, file));
  const times = measured<Record<string, number>>("refine.py", jars.join(":"), String(rows));
  const of = (name: string) => times[name] ?? Number.NaN;
  const line = (what: string, name: string, count: number, first: string) =>
    `| ${what} | ${of(name).toFixed(2)} s | ${Math.round(count / of(name)).toLocaleString("en")} | ${(of(name) / of(first)).toFixed(2)}x |`;
  return [
    "Medians in one warm session with two cores and an Iceberg catalog in memory, all in turn; each run reads, chooses the",
    "latest records and checks two rules. The script by hand does the least for the same table; the lake's refine also trims,",
    "evaluates the rules as DQDL and counts what became of each row.",
    "",
    "| run | median | rows/s | time against the first of its kind |",
    "| --- | --- | --- | --- |",
    line(`${rows} rows into an empty table: the lake's refine`, "refine", rows, "refine"),
    line("the same by hand", "by hand", rows, "refine"),
    line("1 % of these rows changed: the lake's refine", "refine 1 %", rows / 100, "refine 1 %"),
    line("the same by hand", "by hand 1 %", rows / 100, "refine 1 %"),
    line("the same by writing the whole table anew, unchecked", "rewrite 1 %", rows / 100, "refine 1 %"),
    ...[1, 4, 16].flatMap((factor) => [
      line(`${rows / 10} new rows into a table of ${factor * rows}`, `new rows ${factor}x`, rows / 10, "new rows 1x"),
      line(
        `${rows / 10} changed rows all over a table of ${factor * rows}`,
        `changed rows ${factor}x`,
        rows / 10,
        "changed rows 1x",
      ),
    ]),
  ].join("\n");
}

interface StatementTimes {
  readonly bytes: number;
  readonly statements: Readonly<Record<string, string>>;
  readonly times: Readonly<Record<string, { readonly athena: number; readonly duckdb: number }>>;
}

function athena(): string {
  const rows = 10_000_000;
  const { bytes, statements, times } = measured<StatementTimes>("athena.py", String(rows));
  const ms = (seconds: number) => `${(seconds * 1000).toFixed(0)} ms`;
  return [
    `${rows} rows in four Parquet files, ${Math.round(bytes / 1e6)} MB. On the local Athena: start of the statement, polls every 5 ms, first`,
    "page of results; on DuckDB alone: the same statement on the same files in a process that is already there. Medians, in turn.",
    "",
    "| statement | the local Athena | DuckDB alone | difference | time against DuckDB |",
    "| --- | --- | --- | --- | --- |",
    ...Object.entries(times).map(([name, of]) => {
      const ratio = (of.athena / of.duckdb).toFixed(1);
      return `| \`${statements[name]}\` | ${ms(of.athena)} | ${ms(of.duckdb)} | ${ms(of.athena - of.duckdb)} | ${ratio}x |`;
    }),
  ].join("\n");
}

/** Figures of one way to read a table, as bench/programs/ingest.py prints them. */
interface ReadFigures {
  readonly seconds: number;
  /** The largest part against the mean; 0 when there are no parts. */
  readonly skew: number;
  /** Peak of the JVM in MB. */
  readonly peak: number;
}

function ingest(): string {
  return [
    "Rows of ten columns by TLS, the server and Spark on the same two cores, in one warm session; each writes Parquet. The",
    "lake's reads count, choose their parts, check values and see one state of the database; the others do none of that.",
    "The gate is the skew: it does not depend on the machine.",
    ...[
      { rows: 1_000_000, rounds: 3 },
      { rows: 5_000_000, rounds: 1 },
    ].map(({ rows, rounds }) => reads(rows, rounds)),
  ].join("\n");
}

/** Reads of a table of so many rows: medians of the rounds. */
function reads(rows: number, rounds: number): string {
  const paths = pathsOf({});
  const jars = listJars(paths).map(({ file }) => join(paths.jars, file));
  const figures = measured<Record<string, ReadFigures>>("ingest.py", jars.join(":"), String(rows), String(rounds));
  const single = figures.one?.seconds ?? Number.NaN;
  const line = (what: string, name: string) => {
    const { seconds, skew, peak } = figures[name] ?? { seconds: Number.NaN, skew: 0, peak: 0 };
    const parts = skew > 0 ? [`${skew.toFixed(2)}x`, `${peak} MB`] : ["", ""];
    const speed = Math.round(rows / seconds).toLocaleString("en");
    return `| ${[what, `${seconds.toFixed(2)} s`, speed, ...parts, `${(single / seconds).toFixed(2)}x`].join(" | ")} |`;
  };
  return [
    "",
    `| ${rows.toLocaleString("en")} rows, ${rounds === 1 ? "one round" : `median of ${rounds}`} | time | rows/s | largest part against the mean | peak of the JVM | rows/s against one connection |`,
    "| --- | --- | --- | --- | --- | --- |",
    line("the lake's, 4 ranges of the key", "ranges"),
    line("the lake's, 4 parts by hash of the key (default)", "hash"),
    line("the lake's, told to use a column of four values", "few values"),
    line("Spark, one connection", "one"),
    line("Spark, 4 ranges of the key with its true bounds by hand", "bounds"),
    line("Spark, that column with bounds 1 to 1000, 10 parts: the classic mistake", "mistake"),
    line("the server's own COPY to CSV, untyped", "copy"),
  ].join("\n");
}

interface UpResult {
  readonly stacks: readonly {
    readonly stack: string;
    readonly added: number;
    readonly changed: number;
    readonly removed: number;
  }[];
}

/** A lake of its own, from nothing to nothing. */
function local(): string {
  const home = mkdtempSync(join(tmpdir(), "lake-bench-"));
  const env = { ...process.env, LAKE_HOME: home, CDKTF_OUTDIR: join(home, "out"), LAKE_TARGET: "local" };
  const lake = (...args: string[]) => {
    const start = performance.now();
    const output = execFileSync("node", ["tools/lake.mjs", ...args, "--json"], {
      cwd: root,
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    return { seconds: (performance.now() - start) / 1000, output };
  };
  try {
    const applied = lake("up");
    const planned = lake("up");
    const changes = (JSON.parse(planned.output) as UpResult).stacks.flatMap(({ added, changed, removed }) => [
      added,
      changed,
      removed,
    ]);
    if (changes.some((count) => count > 0)) throw new Error("the second plan was not empty");
    const resources = (JSON.parse(applied.output) as UpResult).stacks.reduce((sum, { added }) => sum + added, 0);
    const latencies = JSON.parse(
      execFileSync("node", ["--require", "./tools/typescript.cjs", "bench/programs/latency.ts"], {
        cwd: root,
        env,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
      }),
    ) as number[];
    const destroyed = lake("destroy", "--yes");
    const sorted = [...latencies].sort((a, b) => a - b);
    const rows = [
      [
        "start, synthesis, apply of bootstrap, security and prod",
        `${applied.seconds.toFixed(0)} s, ${resources} resources`,
      ],
      ["the same again: synthesis and three empty plans", `${planned.seconds.toFixed(0)} s`],
      [
        `object put to queryable row, ${latencies.length} files one after another, the first with a cold function`,
        `median ${median(latencies).toFixed(0)} ms, first ${latencies[0]?.toFixed(0)} ms, slowest ${sorted.at(-1)?.toFixed(0)} ms`,
      ],
      ["destroy of everything", `${destroyed.seconds.toFixed(0)} s`],
    ];
    return ["| what | figure |", "| --- | --- |", ...rows.map(([what, figure]) => `| ${what} | ${figure} |`)].join(
      "\n",
    );
  } finally {
    lake("down");
    rmSync(home, { recursive: true, force: true });
  }
}
