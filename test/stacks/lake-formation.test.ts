import { lake } from "../accounts/fixtures";
import type { Block, Stack } from "../support/stack";
import { CHECKS } from "./checks";
import { lakeOf } from "./lake-of";

const ADMINISTRATOR = `arn:aws:iam::${lake.id}:role/administrator`;
const typesOf = (stack: Stack) => new Set(stack.resources().map(({ type }) => type));
const governing = (stack: Stack) => [...typesOf(stack)].filter((type) => type.startsWith("aws_lakeformation"));

/** LF-tags by what carries them: a database, `database.table`, or columns of one. */
function tagsOf(stack: Stack): Map<string, Record<string, string>> {
  return new Map(
    stack.resources("aws_lakeformation_resource_lf_tags").map(({ block }) => {
      const { database, table, table_with_columns: columns } = block as Record<string, Record<string, string>>;
      const part = table ?? columns;
      const of = [database?.name, part?.database_name, part?.name].flatMap((name) =>
        name ? [stack.resolve(name)] : [],
      );
      const which = columns === undefined ? "" : `: ${columns.column_names}`;
      const tags = (block.lf_tag as Block[]).map(({ key, value }) => [stack.resolve(String(key)), value]);
      return [`${of.join(".")}${which}`, Object.fromEntries(tags)];
    }),
  );
}

describe("a lake in hybrid mode", () => {
  const stack = lakeOf({ landing: {} });
  const tags = tagsOf(stack);

  test("says of each database whose it is, how it came about, and the highest that is in it", () => {
    expect(tags.get("raw_sales")).toEqual({ classification: "secret", domain: "sales", layer: "raw" });
    expect(tags.get("refined_sales")).toEqual({ classification: "confidential", domain: "sales", layer: "refined" });
    expect(tags.get("refined_sales_clear")).toEqual({ classification: "secret", domain: "sales", layer: "clear" });
    expect(tags.get("curated_sales")).toEqual({ classification: "confidential", domain: "sales", layer: "curated" });
    expect(tags.get("refined_freight")).toEqual({ classification: "proprietary", domain: "freight", layer: "refined" });
    expect(tags.get("landing")).toEqual({ classification: "secret", domain: "landing", layer: "landing" });
  });

  test("classifies tables and columns as their contracts do", () => {
    expect(tags.get("raw_sales.orders")).toEqual({ classification: "proprietary" });
    expect(tags.get("raw_sales.closed_deals")).toEqual({ classification: "confidential" });
    expect(tags.get("raw_sales.closed_deals: declared_monthly_revenue")).toEqual({ classification: "secret" });
    expect(tags.get("raw_sales.order_reviews: review_comment_title,review_comment_message")).toEqual({
      classification: "confidential",
    });
  });

  test("holds those who ask to grants on what is open, and opts nobody in to what takes a clearance to be seen", () => {
    const grants = stack.resources("aws_lakeformation_permissions");
    expect(grants.map(({ block }) => stack.resolve(String(block.principal))).sort()).toEqual(
      ["data-analyst", "data-analyst", "data-scientist", "data-scientist"].map(
        (persona) => `arn:aws:iam::${lake.id}:role/lake-prod-${persona}`,
      ),
    );
    expect(JSON.stringify(grants)).not.toMatch(/ALL|clear|landing|raw/);
    expect(JSON.stringify(stack.resources("aws_lakeformation_opt_in"))).not.toMatch(/_clear|landing|raw_/);
  });

  test("leaves those who administered it before where they are", () => {
    const shared = lakeOf({ lakeFormation: { administrators: [ADMINISTRATOR] } });
    expect(shared.only("aws_lakeformation_data_lake_settings").block.admins).toEqual([
      `arn:aws:iam::${lake.id}:role/lake-prod-deploy`,
      ADMINISTRATOR,
    ]);
  });
});

describe("without", () => {
  test("Lake Formation nothing of it is touched, and the rest is as it was", () => {
    const off = lakeOf({ lakeFormation: { accessMode: "off" } });
    expect(governing(off)).toEqual([]);
    const others = (stack: Stack) =>
      stack
        .resources()
        .filter(({ type }) => !type.startsWith("aws_lakeformation"))
        .map(({ address }) => address);
    expect(others(off)).toEqual(others(lakeOf()));
    const found = CHECKS.get("dataComesByIamAlone")?.find(off);
    expect(found).toEqual([]);
  });

  test("a third zone nobody asks, so nobody has a grant", () => {
    const stack = lakeOf({ zones: [{ name: "drop" }, { name: "raw" }] }, { pipelines: [] });
    expect(governing(stack).sort()).toEqual([
      "aws_lakeformation_data_lake_settings",
      "aws_lakeformation_lf_tag",
      "aws_lakeformation_resource_lf_tags",
    ]);
    expect([...tagsOf(stack).keys()].filter((name) => !name.startsWith("raw_"))).toEqual([]);
  });
});
