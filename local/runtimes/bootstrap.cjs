// Runs one Lambda function in a process of its own: one JSON event a line on stdin, one JSON answer a line on a file
// descriptor of its own, the function's log on stdout and stderr. It ends when stdin closes.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");
const util = require("node:util");
const { pathToFileURL } = require("node:url");

const ANSWERS = Number(process.env.LAKE_ANSWER_FD);
delete process.env.LAKE_ANSWER_FD;
const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
const END_OF_LOG = "\u0000end-of-log";

let requestId;
let answered = true;

function send(message) {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let written = 0; written < bytes.length; ) written += fs.writeSync(ANSWERS, bytes, written);
}

/** Answers the current request once, after everything it has logged. */
function answer(message) {
  if (answered) return;
  answered = true;
  process.stdout.write(`${END_OF_LOG}\n`);
  send({ id: requestId, rss: process.memoryUsage().rss, ...message });
}

function describe(error) {
  if (!(error instanceof Error) && !(error?.stack && error.name))
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: String(error.stack).split("\n") };
}

/** console.* as Lambda writes it: a line with time, request and level, or a JSON document. */
function patchConsole() {
  const json = process.env.AWS_LAMBDA_LOG_FORMAT === "JSON";
  const lowest = json ? Math.max(LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL), 0) : 0;
  const line = (level, values) => {
    const time = new Date().toISOString();
    if (!json) return `${time}\t${requestId}\t${level}\t${util.format(...values).replace(/\n/g, "\r")}`;
    const [only] = values;
    const document = {
      timestamp: time,
      level,
      requestId,
      message: values.length === 1 ? only : util.format(...values),
    };
    if (only instanceof Error) document.message = describe(only);
    try {
      return JSON.stringify(document);
    } catch {
      return JSON.stringify({ ...document, message: util.format(...values) });
    }
  };
  const methods = { log: "INFO", info: "INFO", debug: "DEBUG", trace: "TRACE", warn: "WARN", error: "ERROR" };
  for (const [method, level] of Object.entries(methods)) {
    console[method] = (...values) => {
      if (LEVELS.indexOf(level) >= lowest) process.stdout.write(`${line(level, values)}\n`);
    };
  }
}

function failure(name, message) {
  return Object.assign(new Error(message), { name });
}

/** Finds the module as Lambda does: .js by the package's type, .mjs imported, .cjs required. */
async function loadModule(base) {
  const isModule = () => {
    for (
      let folder = path.dirname(base);
      folder.startsWith(process.env.LAMBDA_TASK_ROOT);
      folder = path.dirname(folder)
    ) {
      const manifest = path.join(folder, "package.json");
      if (fs.existsSync(manifest)) return JSON.parse(fs.readFileSync(manifest, "utf8")).type === "module";
    }
    return false;
  };
  if (fs.existsSync(`${base}.js`)) return isModule() ? import(pathToFileURL(`${base}.js`)) : require(`${base}.js`);
  if (fs.existsSync(`${base}.mjs`)) return import(pathToFileURL(`${base}.mjs`));
  if (fs.existsSync(`${base}.cjs`)) return require(`${base}.cjs`);
  throw failure("Runtime.ImportModuleError", `Error: Cannot find module '${path.basename(base)}'`);
}

async function loadHandler() {
  const reference = process.env._HANDLER;
  const [, file, name] = /^(.*?[^/.]*)\.(.+)$/.exec(reference) ?? [];
  if (!file) throw failure("Runtime.MalformedHandlerName", "Bad handler");
  let found;
  try {
    found = await loadModule(path.resolve(process.env.LAMBDA_TASK_ROOT, file));
  } catch (error) {
    if (error instanceof SyntaxError) throw failure("Runtime.UserCodeSyntaxError", `SyntaxError: ${error.message}`);
    if (error.code === "MODULE_NOT_FOUND" || error.code === "ERR_MODULE_NOT_FOUND")
      throw failure("Runtime.ImportModuleError", `Error: ${error.message}`);
    throw error;
  }
  for (const key of name.split(".")) found = found?.[key] ?? found?.default?.[key];
  if (typeof found !== "function")
    throw failure("Runtime.HandlerNotFound", `${reference} is undefined or not exported`);
  return found;
}

function contextOf({ id, deadline, arn, clientContext }, settle) {
  const env = process.env;
  return {
    awsRequestId: id,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: arn,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: settle,
    fail: (error) => settle(error),
    succeed: (value) => settle(null, value),
  };
}

async function handle(handler, request) {
  requestId = request.id;
  answered = false;
  process.env._X_AMZN_TRACE_ID = request.trace;
  try {
    const result = await new Promise((resolve, reject) => {
      const settle = (error, value) => (error ? reject(error) : resolve(value));
      const returned = handler(request.event, contextOf(request, settle), settle);
      // Lambda ignores what a handler returns that is neither asynchronous nor answers by a callback.
      if (typeof returned?.then === "function") returned.then(resolve, reject);
      else if (handler.length < 3) setImmediate(resolve);
    });
    const text = JSON.stringify(result === undefined ? null : result);
    answer({ ok: text === undefined ? "null" : text });
  } catch (error) {
    fail(error, "Invoke Error");
  }
}

function fail(error, label) {
  const description = describe(error);
  console.error(`${label}\t${JSON.stringify({ ...description, stack: description.trace })}`);
  answer({ error: description });
}

/** An error that escapes the handler ends the process, as Lambda's runtime does. */
function endOnEscapedErrors() {
  process.on("uncaughtException", (error) => {
    fail(error, "Uncaught Exception");
    process.exit(129);
  });
  process.on("unhandledRejection", (reason) => {
    fail(
      failure("Runtime.UnhandledPromiseRejection", String(reason?.message ?? reason)),
      "Unhandled Promise Rejection",
    );
    process.exit(128);
  });
}

async function main() {
  patchConsole();
  const started = process.hrtime.bigint();
  let handler;
  try {
    handler = await loadHandler();
  } catch (error) {
    console.error(`Uncaught Exception\t${JSON.stringify(describe(error))}`);
    process.stdout.write(`${END_OF_LOG}\n`);
    send({ initError: describe(error) });
    process.exit(1);
  }
  endOnEscapedErrors();
  process.stdout.write(`${END_OF_LOG}\n`);
  send({ initMs: Number(process.hrtime.bigint() - started) / 1e6 });
  const lines = readline.createInterface({ input: process.stdin });
  lines.on("line", (line) => void handle(handler, JSON.parse(line)));
  lines.on("close", () => process.exit(0));
}

void main();
