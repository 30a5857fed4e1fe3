import validate from "asl-validator";
import type { Definition } from "../../../modules/pipelines/definition";
import { CLUSTER, computes, definitionOf } from "./machines";

type State = Definition["States"][string];
type Machine = Pick<Definition, "StartAt" | "States">;

/** The machine and the machines inside its maps, by a name for each. */
function machinesOf(name: string, machine: Machine): [string, Machine][] {
  const inner = Object.entries(machine.States).flatMap(([map, state]) =>
    state.Type === "Map" ? machinesOf(`${name}/${map}`, state.ItemProcessor as Machine) : [],
  );
  return [[name, machine], ...inner];
}

const machines = computes.flatMap((compute) => machinesOf(compute, definitionOf(compute)));

function following(state: State): string[] {
  const lists = ["Choices", "Catch"].flatMap((key) => (state[key] ?? []) as readonly { readonly Next: string }[]);
  return [state.Next, state.Default, ...lists.map(({ Next }) => Next)].filter((next) => next !== undefined) as string[];
}

function reachable({ StartAt, States }: Machine): string[] {
  const seen = new Set<string>();
  const visit = (name: string) => {
    if (seen.has(name)) return;
    seen.add(name);
    const state = States[name];
    if (!state) throw new Error(`there is no state ${name}`);
    for (const next of following(state)) visit(next);
  };
  visit(StartAt);
  return [...seen].sort();
}

describe.each(computes)("the state machine of %s", (compute) => {
  const definition = definitionOf(compute);

  test("is what Step Functions takes", () => {
    expect(validate(definition)).toMatchObject({ isValid: true, errors: [] });
  });

  test("would be refused with a state that is not there: the validator is awake", () => {
    const { Claim, ...States } = definition.States;
    expect(validate({ ...definition, States: { ...States, Claim: { ...Claim, Next: "Nowhere" } } }).isValid).toBe(
      false,
    );
  });

  test("ends within a time that is said", () => {
    expect(definition.TimeoutSeconds).toBe(43200);
  });
});

describe.each(machines)("the states of %s", (_, machine) => {
  const states = Object.entries(machine.States);

  test("are all reached", () => {
    expect(reachable(machine)).toEqual(Object.keys(machine.States).sort());
  });

  test("end tasks after a time, call again what is busy, and know a way on from every failure", () => {
    const tasks = states.filter(([, { Type }]) => Type === "Task");
    expect(tasks.length).toBeGreaterThan(0);
    for (const [name, task] of tasks) {
      expect([name, task.TimeoutSeconds]).toEqual([name, expect.any(Number)]);
      expect([name, task.Catch]).toEqual([name, [expect.objectContaining({ ErrorEquals: ["States.ALL"] })]]);
      const retries = task.Retry as readonly Record<string, unknown>[];
      expect(retries.length).toBeGreaterThan(0);
      for (const retry of retries) {
        expect(retry).toMatchObject({ JitterStrategy: "FULL", BackoffRate: 2, MaxAttempts: expect.any(Number) });
      }
    }
  });

  test("know a way on from every failure of a map", () => {
    for (const [name, map] of states.filter(([, { Type }]) => Type === "Map")) {
      expect([name, map.Catch]).toEqual([name, [expect.objectContaining({ ErrorEquals: ["States.ALL"] })]]);
      expect(map.MaxConcurrency ?? map.MaxConcurrencyPath).toBeDefined();
    }
  });

  test("never do a job again: the next run reads its window", () => {
    const jobs = states.filter(([, { Resource }]) => /(addStep|startJobRun)\.sync$/.test(String(Resource)));
    for (const [, { Retry }] of jobs) {
      const retried = (Retry as readonly { ErrorEquals: string[] }[]).flatMap(({ ErrorEquals }) => ErrorEquals);
      for (const error of ["States.ALL", "States.TaskFailed", "States.Timeout"]) expect(retried).not.toContain(error);
    }
  });
});

describe("a cluster", () => {
  const { States } = definitionOf("emr");
  const request = States.CreateCluster?.Parameters as Record<string, unknown> & { Instances: Record<string, unknown> };

  test("is ended whatever became of the tables", () => {
    const map = States.Tables as unknown as { Next: string; Catch: readonly { Next: string }[] };
    expect(map.Next).toBe("TerminateCluster");
    expect(map.Catch.map(({ Next }) => States[Next]?.Next)).toEqual(["TerminateCluster"]);
  });

  test("cannot be entered, ends itself without work, and is no bigger than was said", () => {
    expect(request.Instances).toMatchObject({
      Ec2SubnetIds: CLUSTER.subnetIds,
      EmrManagedMasterSecurityGroup: "sg-1",
      EmrManagedSlaveSecurityGroup: "sg-2",
      ServiceAccessSecurityGroup: "sg-3",
      TerminationProtected: false,
    });
    expect(request.Instances.Ec2KeyName).toBeUndefined();
    expect(request.BootstrapActions).toBeUndefined();
    expect(request).toMatchObject({
      AutoTerminationPolicy: { IdleTimeout: 900 },
      ManagedScalingPolicy: { ComputeLimits: { MinimumCapacityUnits: 1, MaximumCapacityUnits: 4 } },
      SecurityConfiguration: "the-ingest",
      "StepConcurrencyLevel.$": "$.claim.concurrency",
    });
  });

  test("has its primary machine on demand, and the others on spare capacity as long as there is any", () => {
    const [primary, core] = request.Instances.InstanceFleets as [Record<string, unknown>, Record<string, unknown>];
    expect(primary).toMatchObject({ InstanceFleetType: "MASTER", TargetOnDemandCapacity: 1 });
    expect(primary.TargetSpotCapacity).toBeUndefined();
    expect(core).toMatchObject({
      InstanceFleetType: "CORE",
      TargetOnDemandCapacity: 0,
      TargetSpotCapacity: 1,
      LaunchSpecifications: { SpotSpecification: { TimeoutAction: "SWITCH_TO_ON_DEMAND" } },
      InstanceTypeConfigs: [
        { InstanceType: "m5.xlarge", WeightedCapacity: 1 },
        { InstanceType: "m6i.2xlarge", WeightedCapacity: 2 },
      ],
    });
  });

  test("encrypts what its processes say to each other and spill to disk", () => {
    expect(request.Configurations).toEqual([
      {
        Classification: "spark-defaults",
        Properties: expect.objectContaining({
          "spark.authenticate": "true",
          "spark.network.crypto.enabled": "true",
          "spark.io.encryption.enabled": "true",
        }),
      },
      {
        Classification: "yarn-site",
        Properties: expect.objectContaining({ "spark.authenticate": "true", "spark.network.crypto.enabled": "true" }),
      },
    ]);
  });

  test("carries the marks by which policies know it", () => {
    expect(request.Tags).toEqual([
      { Key: "for-use-with-amazon-emr-managed-policies", Value: "true" },
      { Key: "ingestion", Value: "the-ingest-" },
      { Key: "project", Value: "lake" },
    ]);
  });
});
