import type { Context } from "aws-lambda";
import { Deployed } from "./deployed";
import { machine, source } from "./support";

afterAll(() => jest.restoreAllMocks());

test("history is kept, and no clusters are looked for, where the deployment says nothing of them", async () => {
  const { handler, bench, emr } = new Deployed({ HISTORY_DAYS: "", STATE_MACHINES: JSON.stringify({ glue: machine }) });
  const execution = bench.begin("one");
  await handler({ action: "claim", source, execution }, {} as Context);
  expect(bench.history()[0]).not.toHaveProperty("expires_at");
  await handler({ action: "sweep" }, {} as Context);
  expect(emr).not.toHaveBeenCalled();
});
