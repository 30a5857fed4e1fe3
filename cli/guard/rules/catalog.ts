import { at, type Json } from "../../plan/plan-json";
import type { Rule, Subject } from "../rule";

const EVERYTHING = ["ALL", "SUPER", "SUPER_USER"];

/** Lake Formation, which has a say besides IAM in who asks what. */
export const catalogRules: readonly Rule[] = [
  {
    id: "catalog",
    refuses: "more rights in Lake Formation than to ask, or data by it past the tags of objects",
    why: "What is granted in full can be changed and passed on, and credentials of Lake Formation know no clearance.",
    how: "Grant SELECT and DESCRIBE by LF-tags, register no location, and keep those who ask opted in.",
    find: (subject) => [...granted(subject), ...registered(subject), ...left(subject)],
  },
];

function granted({ type, action, before, after }: Subject): string[] {
  if (type !== "aws_lakeformation_permissions" || action === "delete") return [];
  const all = (block: Subject["after"]) => listOf(block.permissions).filter((one) => EVERYTHING.includes(one));
  const passed = (block: Subject["after"]) => listOf(block.permissions_with_grant_option);
  return [
    ...all(after)
      .filter((one) => !all(before).includes(one))
      .map((one) => `grants ${one}`),
    ...passed(after)
      .filter((one) => !passed(before).includes(one))
      .map((one) => `lets ${one} be passed on`),
  ];
}

function registered({ type, action }: Subject): string[] {
  return type === "aws_lakeformation_resource" && action === "create" ? ["registers a location of data"] : [];
}

/** Opt-ins go with their database; those that go alone held somebody to grants. */
function left({ type, action, before, all }: Subject): string[] {
  if (type !== "aws_lakeformation_opt_in" || !["delete", "forget"].includes(action)) return [];
  const resource = "resource_data.0";
  const database = at(before, `${resource}.database.0.name`) ?? at(before, `${resource}.table.0.database_name`);
  const goes = all.some(
    (other) =>
      other.type === "aws_glue_catalog_database" &&
      ["delete", "replace"].includes(other.action) &&
      other.before.name === database,
  );
  return goes ? [] : ["no longer holds who asks to grants"];
}

function listOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
