import { countChanges, describeChanges, describeCounts } from "../../../cli/plan/changes";
import type { ResourceChange } from "../../../cli/plan/plan-json";
import { change, planOf } from "../guard/support";

const described = (...changes: ResourceChange[]) => describeChanges(planOf(...changes));

test("each change is told by what it does", () => {
  const moved = { ...change({ type: "a", actions: ["no-op"], before: {}, after: {} }), previous_address: "a.old" };
  const imported = change({ type: "b", actions: ["no-op"], before: {}, after: {} });
  const all = described(
    change({ type: "create", after: { a: 1 } }),
    change({ type: "update", before: { a: 1 }, after: { a: 2 } }),
    change({ type: "replace", actions: ["delete", "create"], before: { a: 1 }, after: { a: 2 } }),
    change({ type: "replace", actions: ["create", "delete"], before: { a: 1 }, after: { a: 2 } }),
    change({ type: "delete", before: { a: 1 } }),
    change({ type: "forget", actions: ["forget"], before: {} }),
    moved,
    { ...imported, change: { ...imported.change, importing: { id: "1" } } },
    change({ type: "nothing", actions: ["no-op"], before: {}, after: {} }),
    { ...change({ type: "read", actions: ["read"], after: {} }), mode: "data" },
  );
  expect(all.map(({ action }) => action)).toEqual([
    ...["create", "update", "replace", "replace", "delete", "forget", "move", "import"],
  ]);
  expect(all.find(({ action }) => action === "move")).toMatchObject({ address: "a.one", from: "a.old" });
  expect(describeCounts(countChanges(all))).toBe(
    "1 to create, 1 to update, 2 to replace, 1 to delete, 1 to move, 1 to import, 1 to forget",
  );
  expect(describeCounts(countChanges([]))).toBe("no changes");
});

test("of a changed attribute its short values are told, unless they are secret", () => {
  const long = "x".repeat(100);
  const update = change({
    type: "t",
    before: { name: "a", kept: 1, size: 1, password: "old", nested: { secret: "s", open: 1 }, text: long, gone: true },
    after: { name: "b", kept: 1, size: 2, password: "new", nested: { secret: "t", open: 2 }, text: `${long}y` },
    unknown: { arn: true, list: [{ id: true }], known: [{}] },
  });
  const secret = {
    ...update,
    change: { ...update.change, after_sensitive: { password: true, nested: { secret: true } } },
  };
  expect(described(secret)[0]?.attributes).toEqual([
    { path: "arn", after: "known after apply" },
    { path: "gone", before: "true" },
    { path: "list", after: "known after apply" },
    { path: "name", before: "a", after: "b" },
    { path: "nested" },
    { path: "password" },
    { path: "size", before: "1", after: "2" },
    { path: "text" },
  ]);
});

test("a value that was a secret before is none of anybody's business now", () => {
  const update = change({ type: "t", before: { token: "old" }, after: { token: "new" } });
  const secret = { ...update, change: { ...update.change, before_sensitive: true } };
  expect(JSON.stringify(described(secret))).not.toMatch(/old|new/);
});

test("tags are told once", () => {
  const tags = (owner: string) => ({ tags: { owner }, tags_all: { owner, project: "lake" } });
  expect(described(change({ type: "t", before: tags("a"), after: tags("b") }))[0]?.attributes).toEqual([
    { path: "tags" },
  ]);
  const inherited = (owner: string) => ({ tags: {}, tags_all: { owner } });
  expect(described(change({ type: "t", before: inherited("a"), after: inherited("b") }))[0]?.attributes).toEqual([
    { path: "tags_all" },
  ]);
});
