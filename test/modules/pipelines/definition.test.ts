import validate from "asl-validator";
import { type Definition, runDefinition } from "../../../modules/pipelines/definition";

const definition = runDefinition({
  layer: "refine",
  dispatchArn: "arn:aws:lambda:eu-west-1:111111111111:function:lake-dispatch-refine",
  topicArn: "arn:aws:sns:eu-west-1:111111111111:lake-alarms",
  timeoutSeconds: 5400,
});

/** Every state that may follow another one. */
function following(state: Definition["States"][string]): string[] {
  const lists = ["Choices", "Catch"].flatMap((key) => (state[key] ?? []) as readonly { readonly Next: string }[]);
  return [state.Next, state.Default, ...lists.map(({ Next }) => Next)].filter((next) => next !== undefined) as string[];
}

/** States in which an execution can end, from this one on. */
function ends(name: string, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return new Set();
  seen.add(name);
  const state = definition.States[name];
  if (!state) throw new Error(`there is no state ${name}`);
  const next = following(state);
  return next.length === 0 ? new Set([name]) : new Set(next.flatMap((one) => [...ends(one, seen)]));
}

describe("the state machine of a layer", () => {
  test("is what Step Functions takes", () => {
    expect(validate(definition)).toMatchObject({ isValid: true, errors: [] });
  });

  test("would be refused with a state that is not there: the validator is awake", () => {
    const { Run, ...States } = definition.States;
    expect(validate({ ...definition, States: { ...States, Run: { ...Run, Next: "Nowhere" } } }).isValid).toBe(false);
    expect(validate({ ...definition, States: { ...States, Run: { ...Run, Type: "Job" } } }).isValid).toBe(false);
  });

  test("reaches all its states, and ends well or with a message", () => {
    const reached = new Set<string>();
    ends(definition.StartAt, reached);
    expect([...reached].sort()).toEqual(Object.keys(definition.States).sort());
    expect([...ends("Run")].sort()).toEqual(["Failed", "Succeed"]);
    const before = Object.entries(definition.States).filter(([, state]) => following(state).includes("Failed"));
    expect(before.map(([name]) => name)).toEqual(["Publish"]);
  });

  test("leaves nothing that goes wrong unseen: every call has a way on", () => {
    const tasks = Object.entries(definition.States).filter(([, { Type }]) => Type === "Task");
    expect(tasks.map(([name]) => name).sort()).toEqual(["Finish", "Judge", "Publish", "Run"]);
    for (const [, task] of tasks) {
      expect(task.Catch).toEqual([expect.objectContaining({ ErrorEquals: ["States.ALL"], ResultPath: "$.error" })]);
      expect(task.Retry).toContainEqual(expect.objectContaining({ MaxAttempts: expect.any(Number) }));
    }
  });

  test("tries again when Glue is busy, never when a job failed: that is for the function to judge", () => {
    const { Retry, TimeoutSeconds } = definition.States.Run as unknown as {
      Retry: readonly { ErrorEquals: readonly string[] }[];
      TimeoutSeconds: number;
    };
    const retried = Retry.flatMap(({ ErrorEquals }) => ErrorEquals);
    expect(retried).toEqual(
      expect.arrayContaining(["Glue.ConcurrentRunsExceededException", "Glue.ThrottlingException"]),
    );
    for (const name of ["States.ALL", "States.TaskFailed", "States.Timeout"]) expect(retried).not.toContain(name);
    expect(TimeoutSeconds).toBe(5400);
  });

  test("does what the function says: done, another attempt after its wait, or given up", () => {
    const { Choices, Default } = definition.States.Choose as unknown as {
      Choices: readonly { Variable: string; StringEquals: string; Next: string }[];
      Default: string;
    };
    expect(Choices.map(({ Variable, StringEquals, Next }) => [Variable, StringEquals, Next])).toEqual([
      ["$.judgement.next", "done", "Succeed"],
      ["$.judgement.next", "retry", "Wait"],
    ]);
    expect(Default).toBe("Publish");
    expect(definition.States.Wait).toMatchObject({ SecondsPath: "$.judgement.waitSeconds" });
    expect(definition.States.Again).toMatchObject({ Parameters: { "attempt.$": "$.judgement.attempt" }, Next: "Run" });
  });
});
