import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { deserializePipelines, loadPipelines, serializePipelines } from "../../../contracts";
import { parsePipeline } from "../../../contracts/pipelines/load";
import { ConfigurationError } from "../../../contracts/problems";
import { config, contracts, pipelineOf, place } from "./fixtures";

/** Problems of a config.yml as `:line path: message (fix)`. */
function problemsOf(text: string): string[] {
  const { problems } = parsePipeline(text, place, { contracts, pipelines: ["sales/daily_sales"] });
  return problems.map(
    ({ file, path, message, fix }) => `${file.replace(/^.*config\.yml/, "")} ${path}: ${message} (${fix})`,
  );
}

test("a good pipeline has no problems, and every default is filled in", () => {
  expect(problemsOf(config)).toEqual([]);
  expect(pipelineOf()).toEqual({
    id: "sales/seller_performance",
    domain: "sales",
    name: "seller_performance",
    description: "What each seller has sold.",
    owner: "sales-data@example.com",
    inputs: ["sales/orders", "sales/order_items"],
    clear: [],
    key: ["seller_id"],
    classification: "proprietary",
    columns: [
      { name: "seller_id", type: "string", required: true, description: "Who sold", classification: "proprietary" },
      { name: "revenue", type: "decimal(18,2)", required: false, classification: "proprietary" },
    ],
    quality: [],
    start: { onInputs: true },
    code: "domains/sales/pipelines/seller_performance/transform.py",
  });
});

test("schedules stand alone or beside changes of inputs, in UTC unless another zone is named", () => {
  const starting = (start: string) => pipelineOf(`${config}start: ${start}\n`).start;
  expect(starting('{ on: schedule, schedule: { cron: "rate(1 hour)" } }')).toEqual({
    onInputs: false,
    schedule: { cron: "rate(1 hour)", timezone: "UTC" },
  });
  expect(starting('{ on: inputs, schedule: { cron: "cron(0 6 * * ? *)", timezone: Europe/Berlin } }')).toEqual({
    onInputs: true,
    schedule: { cron: "cron(0 6 * * ? *)", timezone: "Europe/Berlin" },
  });
});

test("all problems of a file come at once, with line and fix, whatever kind they are", () => {
  const bad = config
    .replace("owner:", "ownr:")
    .replace("sales/order_items]", "sales/order_item, sales/daily_sales, sales/orders, web/clicks]")
    .replace("key: [seller_id]", "key: [seler_id, revenue]\nclear: [sales/customers, sales/orders, sales/orders]")
    .replace('"decimal(18, 2)"', "money")
    .replace("required: true", "required: true, mask: hash");
  expect(problemsOf(`${bad}quality: [Completness "seller_id" = 1.0]\nstart: { on: schedule }\n`)).toEqual([
    ":2 owner: is missing (add a string)",
    ":3 ownr: is not a known key (write `owner`)",
    ":4 inputs[1]: is no dataset (write `sales/order_items`)",
    ":4 inputs[2]: is a pipeline, and pipelines read datasets only (name its own inputs)",
    ":4 inputs[3]: is listed twice (remove one)",
    expect.stringMatching(/^:4 inputs\[4\]: is no dataset \(use one of: .*sales\/closed_deals, /),
    ":5 key[0]: is not a column (write `seller_id`)",
    expect.stringMatching(/^:6 clear\[0\]: is not among the inputs \(.*sales\/orders/),
    ":6 clear[2]: is listed twice (remove one)",
    ":9 columns.seller_id.mask: is not a known key (remove it; known keys: description, required, type)",
    ":10 columns.revenue.type: is not a column type such as string, int or decimal(10,2) (use one of: string, int, bigint, double, boolean, date, timestamp)",
    ":11 quality[0]: is no DQDL rule (write `Completeness`)",
    ':12 start.schedule: is missing, and nothing else starts the pipeline (add { cron: "cron(0 6 * * ? *)", timezone: Europe/Berlin }, or start on inputs)',
  ]);
});

test("keys are required columns and names are lower snake case", () => {
  const text = config.replace("key: [seller_id]", "key: [seller_id, revenue]");
  expect(problemsOf(`${text}  Unit Price: { type: int }\n  _x: { type: int }\n`)).toEqual([
    ":9 columns.revenue: is part of the key and may be empty (add `required: true`)",
    ':10 columns["Unit Price"]: is no lower snake case name (write for example `unit_price`)',
    ":11 columns._x: is a name that the lake itself adds to tables (choose a name without _ in front)",
  ]);
});

test.each([
  ["", "is empty (write its keys: classification, clear, columns,"],
  ["a: [1\nb: 2", "(correct the YAML"],
  [config.replace("inputs: [sales/orders, sales/order_items]", "inputs: []"), "inputs: Too small"],
  [`${config}freshness: soon\n`, "(make it a duration such as 90m, 24h or 7d)"],
  [`${config}start: { on: input }\n`, "start.on: is not one of the allowed values (write `inputs`)"],
])("%j is told with a fix", (text, message) => {
  expect(problemsOf(text).join("\n")).toContain(message);
});

test("functions read what the build writes", () => {
  expect(deserializePipelines(serializePipelines([pipelineOf()]))).toEqual([pipelineOf()]);
  expect(() => deserializePipelines("{}")).toThrow("The pipelines are not a list");
});

describe("a folder of pipelines", () => {
  const code = "from x import y\n\n\ndef transform(inputs):\n    return inputs['sales/orders']\n";
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "pipelines-"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }

  function add(path: string, files: Record<string, string> = { "config.yml": config, "transform.py": code }): void {
    for (const [name, text] of Object.entries(files)) write(`domains/${path}/${name}`, text);
  }

  test("is read in order, beside domains that have only datasets", () => {
    add("sales/pipelines/seller_performance");
    add("freight/pipelines/delays");
    add("web/datasets", { "clicks.yml": "x" });
    add("sales/pipelines", { "README.md": "text" });
    const pipelines = loadPipelines(root, contracts);
    expect(pipelines.map(({ id }) => id)).toEqual(["freight/delays", "sales/seller_performance"]);
    expect(pipelines[0]?.code).toBe("domains/freight/pipelines/delays/transform.py");
  });

  test("may be absent", () => {
    add("web/datasets", { "clicks.yml": "x" });
    expect(loadPipelines(root, contracts)).toEqual([]);
  });

  test("reports every problem of every pipeline in one error", () => {
    add("sales/pipelines/Daily Sales");
    add("sales/pipelines/orders");
    add("sales/pipelines/empty", { "notes.txt": "" });
    add("sales/pipelines/renamed", { "config.yaml": config, "transform.py": "def transfrom(inputs):\n    ...\n" });
    add("sales/pipelines", { "loose.yml": config });
    const load = () => loadPipelines(root, contracts);
    expect(load).toThrow(ConfigurationError);
    expect(load).toThrow(/^7 problems in the configuration:/);
    for (const part of [
      'domains/sales/pipelines/Daily Sales\n  "Daily Sales": is no lower snake case name\n    fix: rename it to daily_sales',
      'domains/sales/pipelines/orders\n  "orders": is a dataset of sales, too\n    fix: choose another name',
      "domains/sales/pipelines/empty/config.yml\n  is missing\n    fix: write it, or remove the folder",
      "domains/sales/pipelines/empty/transform.py\n  is missing\n    fix: write `def transform(",
      "domains/sales/pipelines/renamed/config.yml\n  is missing\n    fix: rename config.yaml to config.yml",
      "domains/sales/pipelines/renamed/transform.py\n  defines no function transform",
      "domains/sales/pipelines/loose.yml\n  is no pipeline\n    fix: move it elsewhere",
    ]) {
      expect(load).toThrow(part);
    }
  });
});
