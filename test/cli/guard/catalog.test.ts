import { change, findingsOn } from "./support";

const GRANT = "aws_lakeformation_permissions";
const OPT_IN = "aws_lakeformation_opt_in";
const ask = { permissions: ["DESCRIBE", "SELECT"] };
const optIn = { resource_data: [{ table: [{ database_name: "refined_sales", wildcard: true }] }] };
const database = (name: string) => change({ type: "aws_glue_catalog_database", before: { name } });

describe("grants of Lake Formation", () => {
  test("to ask pass, also new ones", () => {
    expect(findingsOn(change({ type: GRANT, after: ask }))).toEqual([]);
    expect(findingsOn(change({ type: GRANT, before: ask }))).toEqual([]);
  });

  test("of everything are refused, and those that can be passed on", () => {
    expect(findingsOn(change({ type: GRANT, after: { permissions: ["ALL"] } }))).toEqual(["catalog: grants ALL"]);
    const wider = { ...ask, permissions_with_grant_option: ["SELECT"] };
    expect(findingsOn(change({ type: GRANT, before: ask, after: wider }))).toEqual([
      "catalog: lets SELECT be passed on",
    ]);
    expect(findingsOn(change({ type: GRANT, before: wider, after: wider }))).toEqual([]);
    expect(findingsOn(change({ type: GRANT, before: wider, after: ask }))).toEqual([]);
  });
});

test("a location is not registered: its credentials know no clearance", () => {
  const type = "aws_lakeformation_resource";
  expect(findingsOn(change({ type, after: { arn: "arn:aws:s3:::lake" } }))).toEqual([
    "catalog: registers a location of data",
  ]);
  expect(findingsOn(change({ type, before: { arn: "arn:aws:s3:::lake" } }))).toEqual([]);
});

test("who is opted in stays so as long as the database is there", () => {
  const leaves = change({ type: OPT_IN, before: optIn });
  const refusal = ["catalog: no longer holds who asks to grants"];
  expect(findingsOn(leaves)).toEqual(refusal);
  expect(findingsOn(leaves, database("raw_sales"))).toEqual(refusal);
  expect(findingsOn(leaves, database("refined_sales"))).toEqual([]);
});

test("without the settings nobody could use what is made later: they are kept", () => {
  expect(findingsOn(change({ type: "aws_lakeformation_data_lake_settings", before: { admins: [] } }))).toEqual([
    "unguarded: is removed while what it protects stays",
  ]);
});
