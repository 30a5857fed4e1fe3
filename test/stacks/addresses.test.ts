import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadAccounts } from "../../accounts/model/load";
import { Stack } from "../support/stack";
import { synthesisOf } from "../support/synthesis";
import { type AddressLedger, addressLedger, ledgerProblems } from "./address-ledger";

const FILE = join(__dirname, "addresses.json");
const HINT = "If all of this is meant, accept it: UPDATE_ADDRESSES=1 npx jest test/stacks/addresses";

const stacks = [...synthesisOf("aws").stacks.values()];
const now = addressLedger(stacks, new Map(loadAccounts().all.map(({ id, name }) => [id, name])));

test("nothing that is deployed loses its address or its name", () => {
  if (process.env.UPDATE_ADDRESSES !== undefined) writeFileSync(FILE, `${JSON.stringify(now, undefined, 2)}\n`);
  const problems = ledgerProblems(JSON.parse(readFileSync(FILE, "utf8")) as AddressLedger, now, stacks);
  if (problems.length > 0) throw new Error([...problems, HINT].join("\n"));
});

describe("the ledger notices", () => {
  const bucket = (name: string) => ({ bucket: name });
  const stack = (
    resources: Record<string, Record<string, Record<string, string>>>,
    moved: { from: string; to: string }[] = [],
  ) => new Stack("prod", { resource: resources, moved });
  const problems = (
    after: Stack,
    before = stack({ aws_s3_bucket: { raw: bucket("raw-1") }, aws_vpc: { net: {} } }),
  ) => {
    const ids = new Map([["333333333333", "prod"]]);
    return ledgerProblems(addressLedger([before], ids), addressLedger([after], ids), [after]);
  };

  test("nothing when nothing changed", () => {
    expect(problems(stack({ aws_s3_bucket: { raw: bucket("raw-1") }, aws_vpc: { net: {} } }))).toEqual([]);
  });

  test("a resource that disappears, and says how to move it", () => {
    expect(problems(stack({ aws_s3_bucket: { raw: bucket("raw-1") } }))).toEqual([
      expect.stringMatching(/^prod: aws_vpc\.net is gone.*moved/),
    ]);
  });

  test("a renamed resource, unless the stack says where it moved", () => {
    const renamed = { aws_s3_bucket: { raw: bucket("raw-1") }, aws_vpc: { network: {} } };
    expect(problems(stack(renamed))).toHaveLength(2);
    expect(problems(stack(renamed, [{ from: "aws_vpc.net", to: "aws_vpc.network" }]))).toEqual([
      "prod: aws_vpc.network is not in the ledger yet.",
    ]);
  });

  test("a bucket under another name at the same address", () => {
    expect(problems(stack({ aws_s3_bucket: { raw: bucket("raw-2") }, aws_vpc: { net: {} } }))).toEqual([
      expect.stringContaining("is named raw-2 instead of raw-1"),
    ]);
  });

  test("no difference between accounts of the same name: their ids are everybody's own", () => {
    const of = (id: string) =>
      addressLedger([stack({ aws_s3_bucket: { raw: bucket(`raw-${id}`) } })], new Map([[id, "prod"]]));
    expect(ledgerProblems(of("333333333333"), of("444444444444"), [])).toEqual([]);
  });

  test("a stack that disappears", () => {
    expect(ledgerProblems(now, {}, [])).toHaveLength(Object.keys(now).length);
  });

  test("tables of datasets neither when they come nor when they go", () => {
    const table = stack({ aws_glue_catalog_table: { orders: { name: "orders" } } });
    expect(problems(table, stack({}))).toEqual([]);
    expect(problems(stack({}), table)).toEqual([]);
  });
});
