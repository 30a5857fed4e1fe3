import { AthenaClient } from "@aws-sdk/client-athena";
import { GlueClient } from "@aws-sdk/client-glue";
import { mockClient } from "aws-sdk-client-mock";
import { loadAccounts } from "../../../accounts/model/load";
import type { Analyst } from "../../../cli/query/analyst";

const [account] = loadAccounts().lakes;
if (account === undefined) throw new Error("there is no lake");

/** Athena and Glue as they answer in a test. */
export const athena = mockClient(AthenaClient);
export const glue = mockClient(GlueClient);

export const analyst: Analyst = {
  account,
  athena: new AthenaClient({}),
  glue: new GlueClient({}),
  workgroup: "lake-prod-query-proprietary",
};
