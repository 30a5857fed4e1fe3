import { newerHome } from "../../cli/bootstrap-state";

const state = (serial: number, lineage = "a") => ({ serial, lineage, resources: [] });

test.each([
  ["nothing was ever deployed", undefined, undefined, "file"],
  ["interrupted before the state moved", state(3), undefined, "file"],
  ["moved, as usual", undefined, state(3), "bucket"],
  ["interrupted after the copy, before the file was removed", state(3), state(3), "bucket"],
  ["the bucket's went on since", state(3), state(7), "bucket"],
  ["a destruction was interrupted: the file went on since", state(7), state(3), "file"],
])("%s", (_, inFile, inBucket, home) => {
  expect(newerHome(inFile, inBucket, "bootstrap.tfstate")).toBe(home);
});

test("two states that have nothing to do with each other are never merged", () => {
  expect(() => newerHome(state(3), state(3, "b"), "bootstrap.tfstate")).toThrow(
    /bootstrap\.tfstate is not the one in the bucket/,
  );
});
