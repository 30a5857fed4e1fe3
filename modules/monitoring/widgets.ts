import { type Metric, PERIOD_SECONDS } from "./metric";

/** A part of a dashboard, without its place. */
export interface Widget {
  readonly type: "alarm" | "metric" | "text";
  /** Of the 24 columns of a dashboard. */
  readonly width: number;
  readonly height: number;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** A metric under the name that a graph gives to it. */
export type Line = readonly [label: string, metric: Metric];

/** Columns of a dashboard: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
const COLUMNS = 24;
const HEIGHT = 6;
/** Lines of an alarm widget hold four alarms, and one widget so many. */
const ALARMS_A_LINE = 4;
const ALARMS_A_WIDGET = 100;

/** A graph over time. @param limit where an alarm is raised, drawn as a line */
export function graph(title: string, region: string, lines: readonly Line[], limit?: number): Widget {
  const units = [...new Set(lines.map(([, { unit }]) => unit))];
  return {
    type: "metric",
    width: COLUMNS / 3,
    height: HEIGHT,
    properties: {
      title,
      region,
      view: "timeSeries",
      stacked: false,
      metrics: lines.map(([label, metric]) => [
        metric.namespace,
        metric.name,
        ...Object.entries(metric.dimensions).flat(),
        { label, stat: metric.statistic, period: metric.periodSeconds ?? PERIOD_SECONDS },
      ]),
      yAxis: { left: { min: 0, ...(units.length === 1 && units[0] ? { label: units[0], showUnits: false } : {}) } },
      ...(limit === undefined ? {} : { annotations: { horizontal: [{ label: "alarm", value: limit }] } }),
    },
  };
}

/** The states of alarms. */
export function alarmStates(title: string, arns: readonly string[]): Widget[] {
  const first = arns.slice(0, ALARMS_A_WIDGET);
  if (first.length === 0) return [];
  const widget: Widget = {
    type: "alarm",
    width: COLUMNS,
    height: 1 + Math.ceil(first.length / ALARMS_A_LINE),
    properties: { title, alarms: first },
  };
  return [widget, ...alarmStates(title, arns.slice(ALARMS_A_WIDGET))];
}

/** A line of Markdown over the whole width. */
export function heading(markdown: string): Widget {
  return { type: "text", width: COLUMNS, height: 1, properties: { markdown } };
}

/** The body of a dashboard: widgets from left to right, and below when a line is full. */
export function dashboardBody(widgets: readonly Widget[]): string {
  let [x, y, lineHeight] = [0, 0, 0];
  const placed = widgets.map((widget) => {
    if (x + widget.width > COLUMNS) {
      y += lineHeight;
      [x, lineHeight] = [0, 0];
    }
    const place = { x, y };
    x += widget.width;
    lineHeight = Math.max(lineHeight, widget.height);
    return { type: widget.type, ...place, width: widget.width, height: widget.height, properties: widget.properties };
  });
  return JSON.stringify({ widgets: placed });
}
