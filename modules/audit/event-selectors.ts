import type { CloudtrailAdvancedEventSelector } from "@cdktf/provider-aws/lib/cloudtrail";

/** Of which data a trail records every use, besides every management call. */
export interface DataEvents {
  /** First part of the names of the buckets and functions, e.g. `lake-prod-`. */
  readonly namePrefix: string;
  /** ARN of the functions up to their names. */
  readonly functionsArn: string;
  /** Buckets of logs: every log would make another one. */
  readonly exceptBuckets: readonly string[];
  /** Leaves out what is written: for an account that mostly receives records, each of which would make another one. @default false */
  readonly exceptWrites?: boolean;
}

/**
 * Selectors of management calls, of objects and of functions. Buckets and functions are selected by the beginnings of their
 * names, so one that is added later is recorded from its first day.
 */
export function eventSelectors(events: DataEvents): CloudtrailAdvancedEventSelector[] {
  const data = { field: "eventCategory", equalTo: ["Data"] };
  const bucketArn = (name: string) => `arn:aws:s3:::${name}`;
  return [
    { name: "Management calls", fieldSelector: [{ field: "eventCategory", equalTo: ["Management"] }] },
    {
      name: "Objects",
      fieldSelector: [
        data,
        { field: "resources.type", equalTo: ["AWS::S3::Object"] },
        {
          field: "resources.ARN",
          startsWith: [bucketArn(events.namePrefix)],
          notStartsWith: events.exceptBuckets.map((name) => `${bucketArn(name)}/`),
        },
        ...(events.exceptWrites === true ? [{ field: "eventName", notEquals: ["PutObject"] }] : []),
      ],
    },
    {
      name: "Functions",
      fieldSelector: [
        data,
        { field: "resources.type", equalTo: ["AWS::Lambda::Function"] },
        { field: "resources.ARN", startsWith: [`${events.functionsArn}${events.namePrefix}`] },
      ],
    },
  ];
}
