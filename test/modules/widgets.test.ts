import { alarmStates, dashboardBody, graph } from "../../modules/monitoring/widgets";

const metric = (name: string, unit?: "Count" | "Seconds") =>
  ({ namespace: "Any", name, dimensions: { Of: "a" }, statistic: "Sum", unit }) as const;

test("a graph names its lines, and its unit where all have the same", () => {
  const { properties } = graph("Things", "eu-west-1", [["a", metric("A", "Count")]], 7);
  expect(properties).toMatchObject({
    title: "Things",
    region: "eu-west-1",
    metrics: [["Any", "A", "Of", "a", { label: "a", stat: "Sum", period: 300 }]],
    yAxis: { left: { min: 0, label: "Count" } },
    annotations: { horizontal: [{ value: 7 }] },
  });
  const lines = [["a", metric("A", "Count")] as const, ["b", metric("B", "Seconds")] as const];
  expect(graph("Both", "eu-west-1", lines).properties.yAxis).toEqual({ left: { min: 0 } });
});

test("one widget holds a hundred alarms, and further ones have their own", () => {
  const arns = Array.from({ length: 230 }, (_, index) => `arn:${index}`);
  const alarms = alarmStates("Alarms", arns).map(({ properties }) => properties.alarms as string[]);
  expect(alarms.map(({ length }) => length)).toEqual([100, 100, 30]);
  expect(alarms.flat()).toEqual(arns);
  expect(alarmStates("Alarms", [])).toEqual([]);
});

test("what does not fit beside the others begins a line", () => {
  const graphs = Array.from({ length: 4 }, () => graph("Things", "eu-west-1", []));
  const { widgets } = JSON.parse(dashboardBody(graphs)) as { widgets: { x: number; y: number }[] };
  expect(widgets.map(({ x, y }) => [x, y])).toEqual([
    [0, 0],
    [8, 0],
    [16, 0],
    [0, 6],
  ]);
});
