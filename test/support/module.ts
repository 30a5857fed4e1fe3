import { join } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformStack, Testing } from "cdktf";
import type { Place } from "../../modules/place";
import { Stack, type StackJson } from "./stack";
import { testFolder } from "./synthesis";

/** Where modules under test are; the accounts and names are of nobody. */
export const PLACE: Place = { partition: "aws", accountId: "111111111111", region: "eu-west-1" };
export const FOREIGN_ACCOUNT = "999999999999";

/** Synthesizes what the function makes, with all validations. */
export function synthModule(make: (stack: TerraformStack) => void): Stack {
  const app = new App({ outdir: join(testFolder(), "modules"), stackTraces: false });
  const stack = new TerraformStack(app, "test");
  new AwsProvider(stack, "aws", { region: PLACE.region, allowedAccountIds: [PLACE.accountId] });
  make(stack);
  return new Stack("test", JSON.parse(Testing.synth(stack, true)) as StackJson);
}

/** ARN of a role in the account of the modules, or in another. */
export function roleArn(name: string, accountId = PLACE.accountId): string {
  return `arn:aws:iam::${accountId}:role/${name}`;
}
