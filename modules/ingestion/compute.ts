/** How the job of one table is run by each compute. */
import { caught, retryWhenBusy, type State, type States } from "./states";

/** What every job is told besides the arguments of its claim. */
type Constants = Readonly<Record<string, string>>;

/** Addresses of what a job is made of. */
export interface JobFiles {
  readonly script: string;
  readonly library: string;
  readonly jars: readonly string[];
  /** PEM files of trusted authorities, which jobs find in their working directory. */
  readonly authorities: string;
}

/** A compute, with `item`: what its iterations know besides. */
export type Compute = { readonly item: object } & (
  | { readonly kind: "emr"; readonly request: object }
  | {
      readonly kind: "emr-serverless";
      readonly applicationId: string;
      readonly roleArn: string;
      readonly submit: string;
      readonly files: JobFiles;
      readonly logs: { readonly uri: string; readonly keyArn: string };
      readonly tags: Readonly<Record<string, string>>;
    }
  | { readonly kind: "glue"; readonly jobName: string; readonly constants: Constants }
);

/** Spark on a cluster of its own. @param request what the cluster is made of */
export function emrCompute(request: object, files: JobFiles, constants: Constants): Compute {
  const before = [
    "spark-submit",
    "--deploy-mode",
    "cluster",
    // An application that waits for its end is a step that does.
    ...confOf({ "spark.yarn.maxAppAttempts": "1", "spark.yarn.submit.waitAppCompletion": "true" }),
    ...options(files),
    files.script,
  ];
  return {
    kind: "emr",
    request,
    item: {
      "cluster.$": "$.cluster.ClusterId",
      before,
      constants: flat(constants),
      "after.$": "States.Array('--cluster', $.cluster.ClusterId, '--execution', $$.Execution.Name)",
    },
  };
}

/** Spark without servers. */
export function serverlessCompute(
  application: Pick<Compute & { kind: "emr-serverless" }, "applicationId" | "roleArn" | "files" | "logs" | "tags">,
  constants: Constants,
): Compute {
  return {
    kind: "emr-serverless",
    ...application,
    submit: options(application.files).join(" "),
    item: {
      before: [],
      constants: flat(constants),
      "after.$": "States.Array('--execution', $$.Execution.Name)",
    },
  };
}

export function glueCompute(jobName: string, constants: Constants): Compute {
  return { kind: "glue", jobName, constants, item: { "name.$": "$$.Execution.Name" } };
}

/** Arguments of spark-submit. */
function options({ library, jars, authorities }: JobFiles): string[] {
  return ["--py-files", library, "--jars", jars.join(","), "--files", authorities];
}

const confOf = (settings: Constants) =>
  Object.entries(settings).flatMap(([name, value]) => ["--conf", `${name}=${value}`]);

const flat = (constants: Constants) => Object.entries(constants).flatMap(([name, value]) => [`--${name}`, value]);

interface Way {
  readonly next: string;
  readonly otherwise: string;
}

/** The states that run one table's job. `place` tells the function where it runs, `named` which run it was. */
export function runStates(
  compute: Compute,
  seconds: number,
  { next, otherwise }: Way,
): { readonly start: string; readonly states: States; readonly place: object; readonly named: object } {
  const run = (service: string, parameters: object, busy: "emr" | "serverless" | "glue", following: string): State => ({
    Type: "Task",
    Resource: `arn:aws:states:::${service}.sync`,
    Parameters: parameters,
    ResultPath: "$.run",
    TimeoutSeconds: seconds,
    Retry: retryWhenBusy(busy, 30, 5),
    Catch: caught(otherwise),
    Next: following,
  });
  if (compute.kind === "glue") {
    const states = { Run: run("glue:startJobRun", glueRun(compute), "glue", next) };
    return { start: "Run", states, place: {}, named: {} };
  }
  const states = {
    // A list in a list: a path through both is the arguments one after the other.
    Arguments: {
      Type: "Pass",
      Parameters: { "all.$": "States.Array($.before, $.item.arguments, $.constants, $.after)" },
      ResultPath: "$.arguments",
      Next: "Run",
    },
  } as const;
  if (compute.kind === "emr-serverless") {
    const job = run("emr-serverless:startJobRun", serverlessRun(compute, seconds), "serverless", next);
    return { start: "Arguments", states: { ...states, Run: job }, place: {}, named: {} };
  }
  return {
    start: "Arguments",
    states: { ...states, Run: run("elasticmapreduce:addStep", STEP, "emr", "Name"), ...stepNames(next) },
    place: { "cluster.$": "$.cluster" },
    named: { "step.$": "$.step" },
  };
}

const STEP = {
  "ClusterId.$": "$.cluster",
  Step: {
    "Name.$": "States.Format('{}/{}', $.source, $.item.table)",
    ActionOnFailure: "CONTINUE",
    HadoopJarStep: { Jar: "command-runner.jar", "Args.$": "$.arguments.all[*][*]" },
  },
};

/** The id of a step that was waited for: a path that leads nowhere would end the execution, so it is looked for first. */
function stepNames(next: string): States {
  const pass = (path: string): State => ({ Type: "Pass", InputPath: path, ResultPath: "$.step", Next: next });
  return {
    Name: {
      Type: "Choice",
      Choices: [
        { Variable: "$.run.StepId", IsPresent: true, Next: "NamedByAnswer" },
        { Variable: "$.run.Step.Id", IsPresent: true, Next: "NamedByStep" },
      ],
      Default: "Unnamed",
    },
    NamedByAnswer: pass("$.run.StepId"),
    NamedByStep: pass("$.run.Step.Id"),
    Unnamed: { Type: "Pass", Result: "", ResultPath: "$.step", Next: next },
  };
}

function glueRun({ jobName, constants }: Compute & { kind: "glue" }): object {
  const named = Object.fromEntries(Object.entries(constants).map(([name, value]) => [`--${name}`, value]));
  return {
    JobName: jobName,
    Arguments: {
      "--source.$": "$.source",
      "--table.$": "$.item.table",
      "--token.$": "States.Format('{}', $.item.token)",
      "--kind.$": "$.item.kind",
      "--window.$": "$.item.window",
      ...named,
      "--execution.$": "$.name",
    },
  };
}

function serverlessRun(compute: Compute & { kind: "emr-serverless" }, seconds: number): object {
  return {
    ApplicationId: compute.applicationId,
    ExecutionRoleArn: compute.roleArn,
    "Name.$": "States.Format('{}/{}', $.source, $.item.table)",
    ExecutionTimeoutMinutes: Math.ceil(seconds / 60),
    JobDriver: {
      SparkSubmit: {
        EntryPoint: compute.files.script,
        "EntryPointArguments.$": "$.arguments.all[*][*]",
        SparkSubmitParameters: compute.submit,
      },
    },
    ConfigurationOverrides: {
      MonitoringConfiguration: {
        S3MonitoringConfiguration: { LogUri: compute.logs.uri, EncryptionKeyArn: compute.logs.keyArn },
      },
    },
    Tags: compute.tags,
  };
}
