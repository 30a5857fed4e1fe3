/** Where a module's resources live: enough to write ARNs of resources that other stacks own. */
export interface Place {
  readonly partition: string;
  readonly accountId: string;
  readonly region: string;
}

/** ARN of a regional resource of the place, e.g. `arnIn(place, "sqs", "lake-prod-drop")`. */
export function arnIn(place: Place, service: string, resource: string): string {
  return `arn:${place.partition}:${service}:${place.region}:${place.accountId}:${resource}`;
}

/** ARN of the account itself as a principal: whoever its IAM policies allow. */
export function accountRootArn(place: Pick<Place, "partition" | "accountId">): string {
  return `arn:${place.partition}:iam::${place.accountId}:root`;
}

/** ARN of a role of the account, or pattern of the ARNs of many. */
export function roleArnIn(place: Pick<Place, "partition" | "accountId">, name: string): string {
  return `arn:${place.partition}:iam::${place.accountId}:role/${name}`;
}
